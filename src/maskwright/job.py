"""The main job: check -> split -> plan -> train -> evaluate -> pictures -> report, all into one run folder."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from maskwright.classes import ClassTable
from maskwright.data.checks import check
from maskwright.data.dataset import Dataset, pick, usable
from maskwright.data.fingerprint import measure
from maskwright.data.groups import photo_groups
from maskwright.data.split import Parts, folds, split, torn_groups
from maskwright.data.thin import keep_pixels, take_photos, whole
from maskwright.errors import ConfigError, DataError, RunError
from maskwright.files import make_folder
from maskwright.findings import CODES, Finding, ranked
from maskwright.infer.load import load, run_folders
from maskwright.judge.diagnose.cases import Evidence
from maskwright.judge.diagnose.diagnosis import diagnose
from maskwright.judge.diagnose.memory import read_dataset
from maskwright.judge.evaluate import Evaluation, Judged, evaluate, write_evaluation
from maskwright.judge.histories.read import read_history as read_training_history
from maskwright.planning.at_hand import stand_in_reason, with_weights_at_hand
from maskwright.planning.config import plan_of_run, read_plan, set_values, wishes_of
from maskwright.planning.first_look import checked, open_data, rough_plan
from maskwright.planning.machine import Machine, this_machine
from maskwright.planning.plan import Plan
from maskwright.planning.rules import make_plan
from maskwright.planning.run_folder import read_findings, read_run_facts, write_findings
from maskwright.planning.settings import Settings
from maskwright.report.assemble import read_evaluation, write_run_report
from maskwright.report.figures import write_contact_sheet
from maskwright.report.pictures import write_panel, write_previews
from maskwright.training.guards import GUARDED
from maskwright.training.loop import Progress, require_same_parts, train
from maskwright.trials.folds import cross_validate
from maskwright.trials.overfit import Attempt, Overfit, overfit
from maskwright.trials.suspects import suspect_findings, suspects

MOST_LEARNT = 12
"""So many photos that a run learnt from are predicted again for a diagnosis."""


@dataclass(frozen=True)
class Job:
    """What `maskwright train` was asked for; `folds` 0 means no cross-validation, `minutes` None the plan's own."""

    data: Path
    out: Path
    settings: Settings
    minutes: float | None = None
    seed: int = 0
    folds: int = 0
    only: str | None = None
    resume: bool = False


@dataclass(frozen=True)
class Screen:
    """How a job is watched: `tell` takes a line, `watch` names a training and returns where its progress goes."""

    tell: Callable[[str], None]
    watch: Callable[[str], Callable[[Progress], None]]


@dataclass(frozen=True)
class Result:
    """What a job left: the run folder, its evaluation, all findings, and the report."""

    out: Path
    evaluation: Evaluation
    findings: tuple[Finding, ...]
    report: Path


def run_job(job: Job, screen: Screen) -> Result:
    """Do the main job; the same call with `resume` goes on where an interrupted one stopped."""
    _refuse_mixing(job)
    if job.settings.split.folds == "dealt" and not job.folds:
        raise ConfigError("--set split.folds=dealt: without --folds K nothing is dealt: add --folds, or leave it out")
    dataset = open_data(job.data, job.settings, only=job.only)
    findings = checked(dataset, job.settings) if job.settings.check else ranked(dataset.findings)
    for finding in findings:
        if finding.severity != "note":
            screen.tell(str(finding))
    good = usable(dataset, findings)
    screen.tell(f"{len(good)} annotated photos, classes: {', '.join(good.classes.names)}")
    make_folder(job.out)
    write_contact_sheet(dataset, job.out / "contact_sheet.png", findings)
    machine = this_machine()
    whole_parts = shipped_parts(job, good)
    parts = thinned(whole_parts, job)
    for reason in parts.why:
        screen.tell(reason)
    evaluation = None
    if job.folds:
        evaluation, torn = _cross_validated(job, whole_parts.train, machine, screen)
        findings = [*findings, *torn]
    shipped = _train_shipped(job, parts, plan_for(job, parts, machine), screen)
    findings = ranked([*findings, *shipped])
    if evaluation is None:
        evaluation = _evaluated(job, parts, screen)
    elif parts.test is not None:
        write_evaluation(_evaluated(job, parts, screen), job.out / "test")
        screen.tell(f"the scores of the held-out part stand in {job.out / 'test'}, those of the folds below")
    write_evaluation(evaluation, job.out)
    findings = ranked([*findings, *diagnose(evaluation)])
    write_findings(job.out, findings)
    return Result(job.out, evaluation, tuple(findings), write_run_report(job.out))


def _refuse_mixing(job: Job) -> None:
    if (job.out / "run.json").exists() and not job.resume:
        raise RunError(f"{job.out} holds a finished run: choose another --out, or remove it first")
    begun = (job.out / "checkpoint.pt").exists() or (job.out / "folds").exists()
    if begun and not job.resume:
        raise RunError(f"{job.out} holds an interrupted run: go on with --resume, or choose another --out")
    if (job.out / "folds").exists() and not job.folds:
        raise RunError(f"{job.out} was begun with --folds: resume with the same --folds, or choose another --out")


def plan_for(job: Job, parts: Parts, machine: Machine) -> Plan:
    """Return the plan for these parts: rules, then plan.toml, then --set."""
    # Kept pixels are dust: the plan goes by whole objects.
    plan = make_plan(measure(whole(parts.train)), machine, wishes_of(job.settings.plan, minutes=job.minutes))
    plan_file = job.settings.plan_file
    if plan_file is not None:
        plan = read_plan(plan_file, why=dict.fromkeys(plan.why, f"from {plan_file.name}"))
        if job.minutes is not None:
            plan = replace(plan, optim=replace(plan.optim, minutes=job.minutes, steps=0))
    return with_weights_at_hand(set_values(plan, job.settings.plan))


def shipped_parts(job: Job, dataset: Dataset) -> Parts:
    """Return the parts of the model that is shipped: with folds it learns from all photos outside a given test part."""
    given = any(sample.part in ("val", "test") for sample in dataset.samples)
    if job.folds and not given and job.settings.split.test is None:
        everything = split(dataset, test=0.0, seed=job.seed, groups=job.settings.split.groups)
        return replace(
            everything, why=(f"the shipped model learns from all photos; the score comes from {job.folds} folds",)
        )
    return split(dataset, test=job.settings.split.test, seed=job.seed, groups=job.settings.split.groups)


def thinned(parts: Parts, job: Job) -> Parts:
    """Return the parts with as many training photos, and of their masks the pixels, as `data.*` asks for."""
    data = job.settings.data
    return keep_pixels(take_photos(parts, data.photos, seed=job.seed), data.keep_pixels, seed=job.seed)


def _cross_validated(job: Job, dataset: Dataset, machine: Machine, screen: Screen) -> tuple[Evaluation, list[Finding]]:
    chosen = job.settings.split
    dataset = replace(dataset, samples=tuple(replace(sample, part=None) for sample in dataset.samples))
    parts = folds(dataset, job.folds, dealt=chosen.folds == "dealt", seed=job.seed, groups=chosen.groups)
    parts = [thinned(one, job) for one in parts]
    found = torn_groups(parts, photo_groups(dataset)) if chosen.folds == "dealt" else []
    evaluation = cross_validate(
        parts,
        lambda one: plan_for(job, one, machine),
        out=job.out,
        seed=job.seed,
        on_fold=lambda fold: _telling(screen, f"fold {fold + 1} of {len(parts)}"),
        on_photo=_keep_picture(job.out, dataset.classes),
    )
    held_out = replace(dataset, samples=tuple(s for one in parts if one.test for s in one.test.samples))
    doubtful = suspects(held_out, evaluation, lambda fold: load(job.out / "folds" / str(fold)))
    return evaluation, [*found, *suspect_findings(doubtful, len(evaluation.photos))]


def overfitted(dataset: Dataset, settings: Settings, on_progress: Callable[[Attempt], None]) -> Overfit:
    """Return what training on one of the photos alone reaches, by the plan that `settings` give."""
    return overfit(dataset, rough_plan(dataset, settings), on_progress=on_progress)


def _train_shipped(job: Job, parts: Parts, plan: Plan, screen: Screen) -> list[Finding]:
    if (job.out / "run.json").exists():
        require_same_parts(job.out, parts, seed=job.seed)
    else:
        if job.resume and (job.out / "checkpoint.pt").exists():
            plan = plan_of_run(job.out)
            screen.tell(
                f"going on by {job.out / 'plan.toml'}: --minutes, --net and --set of the plan change nothing now"
            )
        write_previews(job.out, parts.train, plan, seed=job.seed)
        train(parts, plan, out=job.out, seed=job.seed, resume=job.resume, on_progress=_telling(screen, "training"))
    found = _guards_said(job.out)
    if stand_in_reason(plan):
        fix = "connect to the hub, or name a file of its weights with --set net.weights=FILE"
        return [*found, Finding("weights-stand-in", "note", CODES["weights-stand-in"], stand_in_reason(plan), fix)]
    if read_run_facts(job.out).weights != "random":
        return found
    fix = "drop --set net.weights=random: pretrained weights are worth many photos"
    return [
        *found,
        Finding("weights-random", "note", "the encoder started from random weights", "net.weights is random", fix),
    ]


def _guards_said(run: Path) -> list[Finding]:
    return [finding for finding in read_findings(run) if finding.code in GUARDED]


def _telling(screen: Screen, name: str) -> Callable[[Progress], None]:
    """Return where a training's progress goes, so that what its guards find is told as it is found."""
    show = screen.watch(name)

    def watch(progress: Progress) -> None:
        for one in progress.found:
            screen.tell(f"{name}, step {progress.step}: {one.severity} {one.code}: {one.title} ({one.evidence})")
        show(progress)

    return watch


def _evaluated(job: Job, parts: Parts, screen: Screen) -> Evaluation:
    held_out = parts.test is not None
    judged = parts.test if parts.test is not None else whole(parts.train)
    screen.tell(f"evaluating {len(judged)} photos at full resolution")
    keep = _keep_picture(job.out, judged.classes)
    return evaluate(load(job.out), judged, held_out=held_out, on_photo=keep)


def _keep_picture(run: Path, classes: ClassTable) -> Callable[[Judged], None]:
    return lambda judged: write_panel(run, judged, classes)


def evaluate_run(
    run: Path, data: Path, settings: Settings, *, only: str | None, tell: Callable[[str], None]
) -> tuple[Evaluation, list[Finding]]:
    """Judge a trained model on annotated photos; those that it learnt from are left out, unless there are no others."""
    all_facts, segmenter = [read_run_facts(folder) for folder in run_folders(run)], load(run)
    facts = all_facts[0]
    dataset = _as_the_model_names(open_data(data, settings, only=only), facts.classes)
    dataset = replace(dataset, grey_range=facts.grey_range or dataset.grey_range)
    findings = check(dataset)
    judged = usable(dataset, findings)
    seen = {(Path(one.data) / name).resolve() for one in all_facts for name in one.train_photos}
    fresh = [s.name for s in judged.samples if s.photo.resolve() not in seen]
    if fresh and len(fresh) < len(judged):
        tell(f"{len(judged) - len(fresh)} photos that the model learnt from are left out")
    held_out = bool(fresh)
    judged = pick(judged, fresh) if held_out else judged
    return evaluate(segmenter, judged, held_out=held_out), [f for f in findings if f.severity == "error"]


def _as_the_model_names(dataset: Dataset, classes: ClassTable) -> Dataset:
    """Return the dataset with the model's classes, of which it may lack some; DataError where it has others."""
    names = dataset.classes.names
    if not set(names) <= set(classes.names):
        raise DataError(
            f"{dataset.root} has the classes {', '.join(names)}, the model {', '.join(classes.names)}: "
            "name them alike, or choose one with --only"
        )
    ids = tuple(classes.names.index(name) for name in names)
    known = ids if dataset.id_map is None else tuple(ids[i] for i in dataset.id_map)
    return dataset if names == classes.names else replace(dataset, classes=classes, id_map=known)


def evidence_of_run(run: Path, settings: Settings, *, tell: Callable[[str], None]) -> Evidence:
    """Return the evidence of a finished run: its photos predicted again, or its evaluation where none was held out."""
    facts = read_run_facts(run)
    logged = run / "history.csv"
    kept = read_evaluation(run, facts.classes) if (run / "evaluation.json").exists() else None
    history = read_training_history(logged) if logged.exists() else None
    known = Evidence(facts.classes, history=history, evaluation=kept, raised=tuple(_guards_said(run)))
    alone = facts.classes.names[-1] if facts.classes.is_binary else None
    try:
        dataset = _as_the_model_names(open_data(Path(facts.data), settings, only=alone), facts.classes)
    except DataError as error:
        tell(f"the run's photos cannot be predicted again, its evaluation stands in: {error}")
        return known
    dataset = replace(dataset, grey_range=facts.grey_range or dataset.grey_range)
    segmenter = load(run)
    held_out = read_dataset(segmenter.mask, pick(dataset, facts.test_photos))
    learnt = read_dataset(segmenter.mask, pick(dataset, facts.train_photos[:MOST_LEARNT]))
    found = replace(held_out, history=known.history, raised=known.raised) if held_out.cases else known
    return replace(found, train_cases=learnt.cases)
