"""What comes before a training and needs no torch: the job, its data, its division and its plan."""

from dataclasses import dataclass, replace
from pathlib import Path

from maskwright.checks.check import file_findings
from maskwright.datasets.dataset import Dataset, usable
from maskwright.datasets.fingerprint import MOST_PHOTOS, measure
from maskwright.datasets.splitting.split import Parts, split
from maskwright.datasets.splitting.subsample import keep_pixels, take_photos, whole
from maskwright.errors import ConfigError, RunError
from maskwright.findings.finding import Finding, ranked
from maskwright.output_file_names import FOLDS_FOLDER, REQUEST_FILE, has_partial_training
from maskwright.planning.available_weights import with_available_weights
from maskwright.planning.machine import Machine
from maskwright.planning.make_plan import make_plan
from maskwright.planning.overrides import request_of, texts_of
from maskwright.planning.plan import Plan
from maskwright.planning.plan_file import FROM_FILE, read_plan, with_overrides
from maskwright.planning.settings import Settings, plan_overrides
from maskwright.runs.output_folder import interrupted, require_not_among_data, require_not_finished
from maskwright.runs.request import is_changed, store_request, stored_plan, stored_request
from maskwright.wording import count_of
from maskwright.workflows.open_and_check import checked_and_compared, open_data
from maskwright.workflows.progress.screen import Screen


@dataclass(frozen=True)
class Job:
    """What `maskwright train` was asked for.

    `folds` 0 means no cross-validation, `minutes` None the plan's own. `log` names the trackers that follow the run:
    "tensorboard", "mlflow". `headline`: the class that the verdict and the report are about, "" for all. `engine`:
    what the folds are shared out on, such as "ray"; None for this process.
    """

    data: Path
    out: Path
    settings: Settings
    minutes: float | None = None
    seed: int = 0
    folds: int = 0
    only: str | None = None
    resume: bool = False
    log: tuple[str, ...] = ()
    headline: str = ""
    engine: str | None = None


@dataclass(frozen=True)
class CheckedData:
    """The data as they were opened, the photos of them that are `good` to train on, and all findings."""

    dataset: Dataset
    good: Dataset
    findings: tuple[Finding, ...]


def check_job(job: Job, screen: Screen) -> CheckedData:
    """Open and check the data of a job; nothing is written.

    Raises ConfigError and RunError if the job cannot start, DataError if no photo can be used.
    """
    require_startable(job)
    dataset = open_data(job.data, job.settings, only=job.only, screen=screen)
    screen.tell(dataset.read_as)
    if job.settings.check:
        findings, dataset = checked_and_compared(dataset, job.settings, screen=screen)
    else:
        findings = file_findings(dataset)
    for finding in findings:
        if finding.severity != "note":
            screen.tell(str(finding))
    good = usable(dataset, findings)
    screen.tell(f"{count_of(len(good), 'annotated photo')}, classes: {', '.join(good.classes.names)}")
    return CheckedData(dataset, good, tuple(ranked(findings)))


def require_startable(job: Job) -> None:
    """Raise RunError if the run folder is another run's, ConfigError if the settings cannot be used."""
    require_not_among_data(job.out, job.data)
    if not job.resume:
        require_not_finished(job.out)
    if has_partial_training(job.out) and not job.resume:
        raise interrupted(job.out)
    if (job.out / FOLDS_FOLDER).exists() and not job.folds:
        raise RunError(f"{job.out} was begun with --folds: resume with the same --folds, or choose another --out")
    if job.engine and not job.folds:
        raise ConfigError(f"--on {job.engine} shares out the folds of a training: add --folds K")
    if job.settings.split.folds == "interleaved" and not job.folds:
        raise ConfigError("--set split.folds=interleaved: without --folds K there are no folds: add --folds")
    if job.settings.plan_file is not None and not (job.resume and stored_request(job.out)):
        read_plan(job.settings.plan_file)


def as_begun(job: Job, screen: Screen) -> Job:
    """On resume, restore the original request so that every fold is planned the same way."""
    settings, texts = job.settings, texts_of(job.settings.plan)
    stored = stored_request(job.out) if job.resume else None
    if stored is None:
        stored = store_request(job.out, minutes=job.minutes, plan=texts, plan_file=settings.plan_file)
    elif is_changed(job.out, stored, minutes=job.minutes, plan=texts, plan_file=settings.plan_file):
        screen.tell(
            f"continuing as begun ({job.out / REQUEST_FILE}): --minutes, --net and --set of the plan are ignored"
        )
    plan_file = stored_plan(job.out, stored)
    plan = settings.plan if stored.plan == texts else plan_overrides(stored.plan)
    return replace(job, minutes=stored.minutes, settings=replace(settings, plan=plan, plan_file=plan_file))


def shipped_parts(job: Job, dataset: Dataset, *, screen: Screen | None = None) -> Parts:
    """Return the parts of the model that is kept: with folds it trains on all photos outside a given test part."""
    divided = screen.count("dividing", len(dataset)) if screen else None
    given = any(sample.part in ("val", "test") for sample in dataset.samples)
    if job.folds and not given and job.settings.split.test is None:
        everything = split(dataset, test=0.0, seed=job.seed, groups=job.settings.split.groups, on_photo=divided)
        return replace(
            everything, why=(f"the shipped model learns from all photos; the score comes from {job.folds} folds",)
        )
    chosen = job.settings.split
    return split(dataset, test=chosen.test, seed=job.seed, groups=chosen.groups, on_photo=divided)


def subsampled_parts(parts: Parts, job: Job) -> Parts:
    """Return the parts with as many training photos, and of their masks the pixels, as `data.*` asks for."""
    data = job.settings.data
    return keep_pixels(take_photos(parts, data.photos, seed=job.seed), data.keep_pixels, seed=job.seed)


def plan_for(job: Job, parts: Parts, machine: Machine, *, screen: Screen | None = None) -> Plan:
    """Return the plan for these parts: rules, then plan.toml, then --set; its weights are decided."""
    request = request_of(job.settings.plan, minutes=job.minutes)
    learned = whole(parts.train)  # single kept pixels would mislead the rules
    measured = screen.count("planning", min(len(learned), MOST_PHOTOS)) if screen else None
    plan = make_plan(measure(learned, on_photo=measured), machine, request)
    plan_file = job.settings.plan_file
    if plan_file is not None:
        plan = read_plan(plan_file, why=dict.fromkeys(plan.why, FROM_FILE + plan_file.name))
        if job.minutes is not None:
            plan = replace(plan, optim=replace(plan.optim, minutes=job.minutes, steps=0))
    return with_available_weights(with_overrides(plan, job.settings.plan))
