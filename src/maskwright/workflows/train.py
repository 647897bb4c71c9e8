"""The main job: check -> split -> plan -> train -> evaluate -> pictures -> report, all into one run folder."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from maskwright.checks.check import file_findings
from maskwright.classes import ClassTable
from maskwright.datasets.dataset import Dataset, usable
from maskwright.datasets.fingerprint import measure
from maskwright.datasets.groups import photo_groups, same_photos
from maskwright.datasets.split import Parts, divided_groups, folds, split
from maskwright.datasets.subsample import keep_pixels, take_photos, whole
from maskwright.diagnosis.diagnose import diagnose
from maskwright.errors import ConfigError, RunError
from maskwright.evaluation.evaluate import Evaluation, Judged, evaluate, write_evaluation
from maskwright.files import make_folder
from maskwright.findings.finding import Finding, make_finding, ranked
from maskwright.inference.load import load
from maskwright.planning.machine import Machine, this_machine
from maskwright.planning.overrides import request_of, texts_of
from maskwright.planning.plan import Plan
from maskwright.planning.plan_file import plan_of_run, read_plan, with_overrides
from maskwright.planning.pretrained import stand_in_reason, with_available_weights
from maskwright.planning.rules import make_plan
from maskwright.planning.settings import Settings, plan_overrides
from maskwright.report.contact_sheet import write_contact_sheet
from maskwright.report.run_page import write_run_report
from maskwright.report.run_pictures import write_panel
from maskwright.runs.folder import read_run_facts, write_findings
from maskwright.runs.request import ASKED, is_changed, store_request, stored_plan, stored_request
from maskwright.training.augmentation_preview import write_previews
from maskwright.training.checkpoint import require_same_parts
from maskwright.training.loop import train
from maskwright.training.progress import Progress
from maskwright.workflows.cross_validation import cross_validate
from maskwright.workflows.finished_run import guards_said
from maskwright.workflows.label_errors import suspect_findings, suspects
from maskwright.workflows.open_and_check import checked, open_data, rough_plan
from maskwright.workflows.overfit_one import Attempt, Overfit, overfit
from maskwright.workflows.unlike_photos import unlike_training


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
    if job.settings.split.folds == "interleaved" and not job.folds:
        raise ConfigError("--set split.folds=interleaved: without --folds K there are no folds: add --folds")
    dataset = open_data(job.data, job.settings, only=job.only)
    screen.tell(dataset.read_as)
    findings = checked(dataset, job.settings) if job.settings.check else file_findings(dataset)
    for finding in findings:
        if finding.severity != "note":
            screen.tell(str(finding))
    good = usable(dataset, findings)
    screen.tell(f"{len(good)} annotated photos, classes: {', '.join(good.classes.names)}")
    make_folder(job.out)
    job = _as_begun(job, screen)
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
    findings = ranked([*findings, *diagnose(evaluation), *_unlike(parts, evaluation)])
    write_findings(job.out, findings)
    return Result(job.out, evaluation, tuple(findings), write_run_report(job.out))


def _unlike(parts: Parts, evaluation: Evaluation) -> list[Finding]:
    """Return what is to be said of test photos unlike the training photos; nothing without a test part."""
    if parts.test is None or {photo.name for photo in evaluation.photos} != {s.name for s in parts.test.samples}:
        return []
    return unlike_training([sample.photo for sample in parts.train.samples], parts.test, evaluation)


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
    request = request_of(job.settings.plan, minutes=job.minutes)
    plan = make_plan(measure(whole(parts.train)), machine, request)
    plan_file = job.settings.plan_file
    if plan_file is not None:
        plan = read_plan(plan_file, why=dict.fromkeys(plan.why, f"from {plan_file.name}"))
        if job.minutes is not None:
            plan = replace(plan, optim=replace(plan.optim, minutes=job.minutes, steps=0))
    return with_available_weights(with_overrides(plan, job.settings.plan))


def _as_begun(job: Job, screen: Screen) -> Job:
    """On resume, restore the original request so that every fold is planned the same way."""
    settings, texts = job.settings, texts_of(job.settings.plan)
    stored = stored_request(job.out) if job.resume else None
    if stored is None:
        stored = store_request(job.out, minutes=job.minutes, plan=texts, plan_file=settings.plan_file)
    elif is_changed(job.out, stored, minutes=job.minutes, plan=texts, plan_file=settings.plan_file):
        screen.tell(f"continuing as begun ({job.out / ASKED}): --minutes, --net and --set of the plan are ignored")
    plan_file = stored_plan(job.out, stored)
    plan = settings.plan if stored.plan == texts else plan_overrides(stored.plan)
    return replace(job, minutes=stored.minutes, settings=replace(settings, plan=plan, plan_file=plan_file))


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
    parts = folds(dataset, job.folds, interleaved=chosen.folds == "interleaved", seed=job.seed, groups=chosen.groups)
    parts = [thinned(one, job) for one in parts]
    if chosen.folds == "interleaved":
        found = divided_groups(parts, photo_groups(dataset))
    else:
        found = divided_groups(parts, same_photos(dataset), variant="copies")
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
    return overfit(dataset, with_available_weights(rough_plan(dataset, settings)), on_progress=on_progress)


def _train_shipped(job: Job, parts: Parts, plan: Plan, screen: Screen) -> list[Finding]:
    if (job.out / "run.json").exists():
        require_same_parts(job.out, parts, seed=job.seed)
    else:
        if job.resume and (job.out / "checkpoint.pt").exists():
            plan = plan_of_run(job.out)
        write_previews(job.out, parts.train, plan, seed=job.seed)
        train(parts, plan, out=job.out, seed=job.seed, resume=job.resume, on_progress=_telling(screen, "training"))
    found = guards_said(job.out)
    if stand_in_reason(plan):
        return [*found, make_finding("weights-stand-in", stand_in_reason(plan))]
    if read_run_facts(job.out).weights != "random":
        return found
    why = plan_of_run(job.out).why.get("net.weights", "net.weights is random")
    return [*found, make_finding("weights-random", why)]


def _telling(screen: Screen, name: str) -> Callable[[Progress], None]:
    """Return where a training's progress goes, so that what its guards find is told as it is found."""
    show = screen.watch(name)

    def watch(progress: Progress) -> None:
        for one in progress.findings:
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
