"""What `job.py` runs on checked data: split -> plan -> train -> evaluate -> pictures -> report, in one run folder."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from maskwright.classes import ClassTable
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.splitting.groups import photo_groups, same_photos
from maskwright.datasets.splitting.split import Parts, divided_groups, folds
from maskwright.datasets.splitting.subsample import whole
from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.training_length import short_training
from maskwright.errors import DataError
from maskwright.evaluation.chosen_class import require_class
from maskwright.evaluation.evaluate import Evaluation, Judged, evaluate
from maskwright.evaluation.evaluation_files import write_evaluation
from maskwright.evaluation.headline import headline_evaluation
from maskwright.evaluation.verdict import Verdict, verdict
from maskwright.findings.finding import Finding, make_finding, ranked
from maskwright.inference.load import load
from maskwright.output_file_names import CHECKPOINT_FILE, FOLDS_FOLDER, RUN_FACTS_FILE
from maskwright.planning.available_weights import stand_in_reason, with_available_weights
from maskwright.planning.machine import Machine, this_machine
from maskwright.planning.manual_learning_rate import absurd_rates
from maskwright.planning.plan import Plan
from maskwright.planning.plan_file import plan_of_run
from maskwright.planning.settings import Settings
from maskwright.report.contact_sheet import write_contact_sheet
from maskwright.report.run_page import write_run_report
from maskwright.report.run_pictures import write_panel
from maskwright.runs.folder import RunFacts, read_run_facts, write_findings
from maskwright.runs.headline_class import write_headline
from maskwright.training.augmentation_preview import write_previews
from maskwright.training.checkpoint import require_same_parts
from maskwright.training.loop import train
from maskwright.training.progress import Progress
from maskwright.wording import count_of
from maskwright.workflows.distribution_shift import unlike_training
from maskwright.workflows.label_errors import suspect_findings, suspects
from maskwright.workflows.open_and_check import rough_plan
from maskwright.workflows.progress.screen import Screen, ignore
from maskwright.workflows.run_evaluation import guards_said
from maskwright.workflows.training.cross_validation import cross_validate
from maskwright.workflows.training.overfit_one import Attempt, Overfit, overfit
from maskwright.workflows.training.prepare import (
    CheckedData,
    Job,
    as_begun,
    plan_for,
    require_startable,
    shipped_parts,
    subsampled_parts,
)


@dataclass(frozen=True)
class Result:
    """What a job left: the run folder, its evaluation, all findings, and the report."""

    out: Path
    evaluation: Evaluation
    findings: tuple[Finding, ...]
    report: Path

    @property
    def verdict(self) -> Verdict:
        """How good the model is, whether that can be trusted, and what to do next."""
        chosen = headline_evaluation(self.evaluation, self.out)
        return verdict(chosen, self.findings, facts=read_run_facts(self.out), run=self.out)


def run_pipeline(job: Job, checked: CheckedData, screen: Screen) -> Result:
    """Train on data that `check_job` returned, evaluate and report, all in the run folder, which is ours."""
    started_s = time.monotonic()
    require_startable(job)
    if job.headline:
        require_class(job.headline, checked.dataset.classes)
        write_headline(job.out, job.headline)
    job = as_begun(job, screen)
    sheet, drawn = job.out / "contact_sheet.png", screen.count("drawing", len(checked.dataset))
    write_contact_sheet(checked.dataset, sheet, checked.findings, on_photo=drawn)
    whole_parts = shipped_parts(job, checked.good, screen=screen)
    parts = subsampled_parts(whole_parts, job)
    for reason in parts.why:
        screen.tell(reason)
    evaluation, findings = _trained(job, whole_parts, parts, screen)
    write_evaluation(evaluation, job.out)
    findings = ranked([*checked.findings, *findings, *diagnose(evaluation), *_unlike(parts, evaluation)])
    write_findings(job.out, findings)
    report = write_run_report(job.out)
    screen.tell(_waited(time.monotonic() - started_s, read_run_facts(job.out), folds=job.folds))
    return Result(job.out, evaluation, tuple(findings), report)


def _waited(total_s: float, facts: RunFacts, *, folds: int) -> str:
    """Return in words how long a person waited, and how much of it was training where one took place in this call."""
    total, rest = total_s / 60, total_s / 60 - facts.minutes
    if rest < 0 or folds:
        return f"this took {total:.1f} minutes"
    return f"this took {total:.1f} minutes: {facts.minutes:.1f} of training, {rest:.1f} of everything else"


def _trained(job: Job, whole_parts: Parts, parts: Parts, screen: Screen) -> tuple[Evaluation, list[Finding]]:
    """Train the folds, if there are any, and the model that is kept; return the evaluation and what training found."""
    machine = this_machine()
    if not job.folds:
        findings = _train_shipped(job, parts, plan_for(job, parts, machine, screen=screen), screen)
        return _evaluated(job, parts, screen), findings
    evaluation, torn = _cross_validated(job, whole_parts.train, machine, screen)
    findings = [*torn, *_train_shipped(job, parts, plan_for(job, parts, machine, screen=screen), screen)]
    if parts.test is not None:
        write_evaluation(_evaluated(job, parts, screen), job.out / "test")
        screen.tell(f"the scores of the held-out photos are in {job.out / 'test'}; those of the folds follow")
    return evaluation, findings


def _unlike(parts: Parts, evaluation: Evaluation) -> list[Finding]:
    """Return a finding if test photos are unlike the training photos; nothing without a test part."""
    if parts.test is None or {photo.name for photo in evaluation.photos} != {s.name for s in parts.test.samples}:
        return []
    return unlike_training([sample.photo for sample in parts.train.samples], parts.test, evaluation)


def _cross_validated(job: Job, dataset: Dataset, machine: Machine, screen: Screen) -> tuple[Evaluation, list[Finding]]:
    chosen = job.settings.split
    dataset = replace(dataset, samples=tuple(replace(sample, part=None) for sample in dataset.samples))
    parts = folds(dataset, job.folds, interleaved=chosen.folds == "interleaved", seed=job.seed, groups=chosen.groups)
    parts = [subsampled_parts(fold, job) for fold in parts]
    if chosen.folds == "interleaved":
        divided = divided_groups(parts, photo_groups(dataset))
    else:
        divided = divided_groups(parts, same_photos(dataset), variant="copies")
    if job.engine:
        from maskwright.workflows.engines.shared_trainings import share_folds

        planned = [(fold, plan_for(job, fold, machine)) for fold in parts]
        share_folds(job.engine, planned, out=job.out, seed=job.seed, tell=screen.tell)
    evaluation = cross_validate(
        parts,
        lambda fold_parts: plan_for(job, fold_parts, machine),
        out=job.out,
        seed=job.seed,
        on_fold=lambda fold: _telling(screen, f"fold {fold + 1} of {len(parts)}"),
        on_photo=_keep_picture(job.out, dataset.classes, ignore),
    )
    screen.tell("looking for label errors")
    held_out = replace(dataset, samples=tuple(s for fold in parts if fold.test for s in fold.test.samples))
    doubtful = suspects(held_out, evaluation, lambda fold: load(job.out / FOLDS_FOLDER / str(fold)))
    return evaluation, [*divided, *suspect_findings(doubtful, len(evaluation.photos))]


def overfitted(dataset: Dataset, settings: Settings, on_progress: Callable[[Attempt], None]) -> Overfit:
    """Return what training on one of the photos alone reaches, by the plan that `settings` give."""
    return overfit(dataset, with_available_weights(rough_plan(dataset, settings)), on_progress=on_progress)


def _train_shipped(job: Job, parts: Parts, plan: Plan, screen: Screen) -> list[Finding]:
    if (job.out / RUN_FACTS_FILE).exists():
        require_same_parts(job.out, parts, seed=job.seed)
    else:
        if job.resume and (job.out / CHECKPOINT_FILE).exists():
            plan = plan_of_run(job.out)
        write_previews(job.out, parts.train, plan, seed=job.seed)
        if not plan.optim.steps:
            scored = len(parts.test or parts.train)
            photos = count_of(scored, "photo")
            screen.tell(f"training takes {plan.optim.minutes:g} minutes; evaluating {photos} comes on top")
        train(parts, plan, out=job.out, seed=job.seed, resume=job.resume, on_progress=_telling(screen, "training"))
    facts = read_run_facts(job.out)
    trained = plan_of_run(job.out)
    rates = absurd_rates(trained, steps=facts.steps)
    findings = [*guards_said(job.out), *rates, *short_training(facts, trained)]
    if stand_in_reason(plan):
        return [*findings, make_finding("weights-stand-in", stand_in_reason(plan))]
    if facts.weights != "random":
        return findings
    why = plan_of_run(job.out).why.get("net.weights", "net.weights is random")
    return [*findings, make_finding("weights-random", why)]


def _telling(screen: Screen, name: str) -> Callable[[Progress], None]:
    """Return a listener that reports what the guards of a training find as soon as they find it."""
    show = screen.watch(name)

    def watch(progress: Progress) -> None:
        for finding in progress.findings:
            what = f"{finding.severity} {finding.code}: {finding.title} ({finding.evidence})"
            screen.tell(f"{name}, step {progress.step}: {what}")
        show(progress)

    return watch


def _evaluated(job: Job, parts: Parts, screen: Screen) -> Evaluation:
    held_out = parts.test is not None
    judged = parts.test if parts.test is not None else whole(parts.train)
    screen.tell(f"evaluating {count_of(len(judged), 'photo')} at full resolution")
    keep = _keep_picture(job.out, judged.classes, screen.count("evaluating", len(judged)))
    try:
        return evaluate(load(job.out), judged, held_out=held_out, on_photo=keep)
    except DataError as error:  # a photo or a mask that was there when the training began
        raise DataError(
            f"{error}; the model is trained and kept in {job.out}: the same command with --resume evaluates it once "
            "the files are back"
        ) from error


def _keep_picture(run: Path, classes: ClassTable, step: Callable[..., None]) -> Callable[[Judged], None]:
    def keep(judged: Judged) -> None:
        write_panel(run, judged, classes)
        step()

    return keep
