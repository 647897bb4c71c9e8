"""From a run folder to its report: files are read, and only sums and means are computed."""

import math
from datetime import datetime
from pathlib import Path

from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.training_length import short_training
from maskwright.evaluation import metrics
from maskwright.evaluation.evaluate import Evaluation
from maskwright.evaluation.evaluation_files import read_evaluation
from maskwright.evaluation.headline import headline, headline_evaluation
from maskwright.evaluation.verdict import verdict
from maskwright.files import write_text
from maskwright.findings.finding import Finding
from maskwright.output_file_names import REPORT_FILE
from maskwright.planning.manual_learning_rate import absurd_rates
from maskwright.planning.plan import Plan
from maskwright.planning.plan_file import plan_as_tree, plan_of_run
from maskwright.report.charts.training import LoggedStep, Phase
from maskwright.report.rendering import render_report
from maskwright.report.report_data import Fact, Panel, PlanRow, Preview, Report, Score, Totals
from maskwright.report.run_pictures import OVERLAYS, map_path, panel_path
from maskwright.report.run_tables import class_rows, confused_most, confusion_table, fold_table, photo_table, size_table
from maskwright.runs.folder import HistoryRow, RunFacts, read_findings, read_history, read_run_facts
from maskwright.wording import count_of

HOW_TO_GET_HONEST = (
    "`maskwright train` with --resume --folds 5 keeps the model of a run and holds every photo out once; or train into "
    "another folder with --set split.test=0.2"
)


def write_run_report(run: Path, path: Path | None = None) -> Path:
    """Write the report of a finished run, to `report.html` in its folder or to `path`, and return where it is.

    Raises RunError where the run cannot be read.
    """
    page = path or run / REPORT_FILE
    write_text(page, render_report(report_of_run(run)))
    return page


def write_report(evaluation: Evaluation, findings: list[Finding], path: Path | str) -> Path:
    """Write the report of one evaluation alone, without a run folder.

    >>> evaluation = mw.evaluate(mw.load("runs/photos-1"), mw.open_dataset("photos"))
    >>> mw.write_report(evaluation, mw.diagnose(evaluation), "report.html").name
    'report.html'
    """
    write_text(Path(path), render_report(_report(evaluation, findings, None, None)))
    return Path(path)


def report_of_run(run: Path) -> Report:
    """Return everything that the report of a run shows."""
    facts = read_run_facts(run)
    return _report(read_evaluation(run, facts.classes), read_findings(run), run, facts)


def _of_training(run: Path | None, facts: RunFacts | None) -> list[Finding]:
    """Return what the length and the rates of a training alone say."""
    if run is None or facts is None:
        return []
    plan = plan_of_run(run)
    return [*absurd_rates(plan, steps=facts.steps), *short_training(facts, plan)]


def _report(evaluation: Evaluation, findings: list[Finding], run: Path | None, facts: RunFacts | None) -> Report:
    worst, best = _panels(headline_evaluation(evaluation, run), run) if run else ((), ())
    history = read_history(run) if run else []
    chosen = headline_evaluation(evaluation, run)
    known = {(f.code, f.title) for f in findings}
    own = [f for f in (*diagnose(evaluation), *_of_training(run, facts)) if (f.code, f.title) not in known]
    return Report(
        title=Path(facts.data).stem if facts else "Evaluation",
        facts=_facts(facts, evaluation) if facts else (),
        score=_score(chosen),
        totals=_totals(evaluation),
        classes=class_rows(evaluation),
        curve=tuple(LoggedStep(r.step, r.minutes, r.loss, r.validation_iou) for r in history),
        plan=_plan_rows(run) if run else (),
        findings=(*own, *findings),
        worst=worst,
        best=best,
        augmentations=_previews(run) if run else (),
        photos=photo_table(evaluation),
        folds=fold_table(evaluation),
        sizes=size_table(evaluation),
        verdict=verdict(chosen, [*own, *findings], facts=facts, run=run),
        first=_first(chosen, run) if run else (),
        confusion=confusion_table(evaluation),
        confused=confused_most(evaluation),
        calibration=evaluation.calibration,
        calibration_interval=evaluation.calibration_interval,
        risk=evaluation.risk,
        about=_about(facts, run, evaluation) if facts and run else "",
        phases=_phases(history, plan_of_run(run)) if run else (),
    )


def _about(facts: RunFacts, run: Path, evaluation: Evaluation) -> str:
    count = len(facts.train_photos)
    folds = {photo.fold for photo in evaluation.photos if photo.fold is not None}
    every = "all " if folds and count == len(evaluation.photos) > 1 else ""
    photos = f"{every}{count_of(count, 'photo')}"
    scored = f"; cross-validated with {len(folds)} other models" if folds else ""
    return f"{run.name}: trained {facts.minutes:.1f} minutes on {photos} from {Path(facts.data).name}{scored}"


def _facts(facts: RunFacts, evaluation: Evaluation) -> tuple[Fact, ...]:
    split = f"{len(facts.train_photos)} used for training"
    split += f" ({len(facts.inner_photos)} of them first kept for inner validation)" if facts.inner_photos else ""
    split += f", {len(facts.test_photos)} held out" if facts.test_photos else ""
    return (
        Fact("data", facts.data),
        Fact("photos", split),
        Fact("scored", f"{len(evaluation.photos)} photos at {evaluation.scale}"),
        Fact("classes", ", ".join(facts.classes.names)),
        Fact("encoder weights", facts.weights),
        Fact("trained", f"{facts.minutes:.1f} minutes, {facts.steps} steps, seed {facts.seed}"),
        Fact("waiting for data", f"{facts.data_wait_share:.1%} of the time"),
        Fact("machine", facts.machine),
        Fact("written", f"{datetime.now().astimezone():%Y-%m-%d %H:%M}, maskwright {facts.version}"),
        *(Fact("split", reason) for reason in facts.split_reasons),
    )


def _score(evaluation: Evaluation) -> Score:
    spread = evaluation.mean_iou_per_photo
    how = "" if evaluation.held_out else HOW_TO_GET_HONEST
    value, low, high = (None if math.isnan(v) else v for v in (spread.value, spread.low, spread.high))
    return Score(value, low, high, headline(evaluation), evaluation.held_out, how)


def _totals(evaluation: Evaluation) -> Totals:
    counts = evaluation.counts
    constant = evaluation.classes.names[int(counts.sum(axis=1).argmax())]
    return Totals(
        evaluation.mean_iou_per_photo.value,
        evaluation.dataset_iou,
        metrics.pixel_accuracy(counts),
        metrics.constant_accuracy(counts),
        constant,
    )


def _plan_rows(run: Path) -> tuple[PlanRow, ...]:
    plan = plan_of_run(run)
    rows = [(f"{s}.{k}", v) for s, values in plan_as_tree(plan).items() for k, v in values.items()]
    return tuple(PlanRow(key, str(value).strip("[]"), plan.why.get(key, "")) for key, value in rows)


def _panels(evaluation: Evaluation, run: Path) -> tuple[tuple[Panel, ...], tuple[Panel, ...]]:
    """Return the judged photos that have a picture, worst first and best first; no photo is in both."""
    rated = sorted(zip(evaluation.photo_ious, evaluation.photos, strict=True), key=lambda r: (math.isnan(r[0]), r[0]))
    pictured = [(float(iou), p.name) for iou, p in rated if panel_path(run, p.name).exists()]
    best_count = min(6, len(pictured) // 3)
    best = [picture for picture in pictured[::-1] if not math.isnan(picture[0])][:best_count]
    worst = [picture for picture in pictured if picture not in best][:12]
    return tuple(_panel(run, *picture) for picture in worst), tuple(_panel(run, *picture) for picture in best)


def _panel(run: Path, iou: float, name: str) -> Panel:
    """Return the maps of a photo; the outlines alone where the run has no maps, as those of 0.1.0."""
    files = [map_path(run, name, f"{kind}.png") for kind in OVERLAYS]
    crop = map_path(run, name, "photo.jpg")
    if not all(file.exists() for file in (crop, *files)):
        return Panel(name, iou, panel_path(run, name).read_bytes())
    overlays = tuple((kind, file.read_bytes()) for kind, file in zip(OVERLAYS, files, strict=True))
    return Panel(name, iou, crop.read_bytes(), overlays=overlays)


def _first(evaluation: Evaluation, run: Path) -> tuple[tuple[str, Panel], ...]:
    """Return the worst, the middle and the best photo that have a picture; nothing with fewer than three."""
    ious = evaluation.iou_by_photo
    rated = sorted((iou, name) for name, iou in ious.items() if not math.isnan(iou) and panel_path(run, name).exists())
    if len(rated) < 3:
        return ()
    places = (("Worst", 0), ("Middle", len(rated) // 2), ("Best", -1))
    return tuple((words, _panel(run, *rated[place])) for words, place in places)


def _previews(run: Path) -> tuple[Preview, ...]:
    files = sorted((run / "pictures" / "augmentation").glob("*.jpg"))
    return tuple(Preview(file.stem[3:], file.read_bytes()) for file in files)


def _phases(history: list[HistoryRow], plan: Plan) -> tuple[Phase, ...]:
    """Return the stretches in which the learning rate rises and falls, and in which all photos are learned from."""
    if len(history) < 3 or plan.optim.schedule != "one-cycle":
        return ()
    end, peak = history[-1].minutes, max(history, key=lambda row: row.lr).minutes
    last = plan.sampling.inner_until * history[-1].step
    watched = [row.minutes for row in history if row.step <= last] if plan.sampling.inner_photos else []
    everything = watched[-1] if watched and watched[-1] < end else end
    phases = [Phase("rate rises", 0.0, peak), Phase("rate falls", peak, max(peak, everything))]
    return (*phases, Phase("on all photos", max(peak, everything), end)) if everything < end else tuple(phases)
