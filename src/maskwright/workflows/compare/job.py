"""The job of `maskwright compare`: recipe -> parts -> trials -> table, JSON and a page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from maskwright.checks.check import check_and_compare
from maskwright.datasets.content_hash import data_digest
from maskwright.datasets.dataset import Dataset, usable
from maskwright.datasets.label_bits import label_bits
from maskwright.datasets.splitting.groups import photo_groups
from maskwright.datasets.splitting.split import PHOTOS_FOR_TEST, Parts, folds, split
from maskwright.errors import ConfigError, DataError, RunError
from maskwright.evaluation.evaluate import Judged
from maskwright.files import make_folder, write_json, write_text
from maskwright.output_file_names import COMPARISON_FILE, COMPARISON_PAGE, TABLE_FILE, TRIALS_FOLDER
from maskwright.planning.machine import Machine, this_machine
from maskwright.planning.plan import Plan
from maskwright.planning.settings import Settings, read_settings
from maskwright.report.run_pictures import write_panel
from maskwright.runs.output_folder import require_not_among_data
from maskwright.runs.run_lock import JOB_LOCK, claimed
from maskwright.wording import count_of
from maskwright.workflows.compare.arm_rows import arm_rows, plots
from maskwright.workflows.compare.commands import ArmsRequest, longer_command, seeds_command
from maskwright.workflows.compare.comparison import Comparison, comparison_as_json, comparison_as_markdown
from maskwright.workflows.compare.page import render_comparison
from maskwright.workflows.compare.recipe import Arm, Recipe, require_common, settings_of, without_arms
from maskwright.workflows.compare.trial import Trial, TrialListener, TrialResult, trial_folder
from maskwright.workflows.compare.trials import Design, PreparedArm, run_trials, trials, weights_available
from maskwright.workflows.open_and_check import open_data
from maskwright.workflows.progress.screen import Screen
from maskwright.workflows.training.prepare import Job, plan_for, subsampled_parts


@dataclass(frozen=True)
class CompareJob:
    """The arguments of `maskwright compare`; None means: as in the recipe, and for `engine`: this process.

    `arms` are the words of the command line that name the arms, for the next command.
    """

    data: Path
    out: Path
    recipe: Recipe
    sets: tuple[str, ...] = ()
    minutes: float | None = None
    seeds: int | None = None
    folds: int | None = None
    resume: bool = False
    engine: str | None = None
    arms: tuple[str, ...] = ()


HELD_OUT = 0.25
"""The share of photos that arms are compared on where nothing else is said."""
LEAST_TO_DIVIDE = 4
"""The fewest photos of which that share is held out."""
MORE_SEEDS = 3
FOLDS = 4
"""The number of folds that is advised."""
GROUPED_MOST = 500
"""Of up to so many photos the groups are counted for that advice."""


@dataclass(frozen=True)
class _Common:
    """What all arms share: the settings for reading and splitting, the photos, the machine."""

    job: CompareJob
    settings: Settings
    dataset: Dataset
    machine: Machine


def run_comparison(job: CompareJob, screen: Screen) -> Comparison:
    """Train and score every arm, then write `table.md`, `compare.json` and `compare.html` into `job.out`.

    Finished trials are not trained again. Raises RunError where `job.out` is in use, or holds a comparison and `resume`
    is not set.
    """
    if (job.out / TRIALS_FOLDER).exists() and not job.resume:
        raise RunError(f"{job.out} holds a comparison: continue with --resume, or choose another --out")
    require_not_among_data(job.out, job.data)
    require_common(job.recipe, job.sets)
    settings = read_settings((*job.recipe.base, *job.sets))
    findings, dataset = check_and_compare(open_data(job.data, settings, only=None, screen=screen), count=screen.count)
    common = _Common(job, settings, usable(dataset, findings), this_machine())
    parts = _divided(common)
    job = _with_photos_enough(job, min(len(fold.train) for fold in parts), screen)
    common = replace(common, job=job)
    seeds = tuple(range(job.seeds or job.recipe.seeds))
    arms = [_arm_ready(common, arm, parts[0]) for arm in job.recipe.arm]
    design = Design(job.recipe, make_folder(job.out), parts, seeds, data_digest(common.dataset))
    screen.tell(f"{len(arms)} arms x {len(seeds)} seeds x {len(parts)} folds on {len(common.dataset)} photos")
    if len(parts) == 1 and parts[0].test is not None:
        screen.tell(f"compared on {_held_out(len(parts[0].test))}{_folds_advice(common)}")
    with claimed(job.out, lock=JOB_LOCK):
        if job.engine:
            _share(job, design, arms, screen)
        results = run_trials(design, arms, listen=_listen(common, screen))
        comparison = _compared(common, design, arms, results)
        _write(comparison, job.out)
    return comparison


def _share(job: CompareJob, design: Design, arms: Sequence[PreparedArm], screen: Screen) -> None:
    """Train the unfinished trials on the engine that the job names; they are read from their folders afterwards."""
    from maskwright.workflows.engines.shared_trainings import share_trials

    assert job.engine
    planned = [(trial, trial_folder(job.out, trial.arm, trial.seed, trial.fold)) for trial in trials(design, arms)]
    share_trials(job.engine, planned, data=design.data, pictures=True, tell=screen.tell)


def _compared(
    common: _Common, design: Design, arms: Sequence[PreparedArm], results: Sequence[TrialResult]
) -> Comparison:
    """Return the rows of all arms with what they share."""
    job, dataset, machine = common.job, common.dataset, common.machine
    settings = {prepared.arm.name: _settings(job, prepared.arm, prepared.stands_in) for prepared in arms}
    rows = arm_rows(job.recipe, settings, results)
    return Comparison(
        recipe=job.recipe,
        data=f"{job.data}: {len(dataset)} photos, classes {', '.join(dataset.classes.names)}",
        judged=_how_judged(design.folds),
        seeds=design.seeds,
        machine=machine.gpu or f"{machine.cores} CPU cores, {machine.system}",
        rows=tuple(rows),
        plots=plots(job.recipe.curve, rows),
        bits=label_bits(dataset),
        stand_ins=tuple(prepared.arm.name for prepared in arms if prepared.stands_in),
        folder=str(job.data),
        longer=longer_command(_request(job), rows),
        more_seeds=seeds_command(
            _request(job), MORE_SEEDS if len(design.seeds) < MORE_SEEDS else len(design.seeds) + 2
        ),
    )


def _request(job: CompareJob) -> ArmsRequest:
    return ArmsRequest(job.data, job.out, job.arms, job.sets, job.minutes, job.seeds, job.folds, job.engine)


def _write(comparison: Comparison, out: Path) -> None:
    write_json(out / COMPARISON_FILE, comparison_as_json(comparison))
    write_text(out / TABLE_FILE, comparison_as_markdown(comparison))
    write_text(out / COMPARISON_PAGE, render_comparison(comparison, out))


def _divided(common: _Common) -> tuple[Parts, ...]:
    """Return the parts of each fold, or the one division into training and held-out photos: the same for all arms."""
    chosen, count = common.settings.split, common.job.folds or common.job.recipe.folds
    if not count:
        photos = sum(sample.truth is not None for sample in common.dataset.samples)
        nothing_asked = chosen.test is None and chosen.folds == "blocks" and photos >= LEAST_TO_DIVIDE
        given = any(sample.part in ("val", "test") for sample in common.dataset.samples)
        if nothing_asked and not given and photos < PHOTOS_FOR_TEST:  # split() would hold out nothing
            return (_with_some_held_out(common),)
        parts = split(common.dataset, test=chosen.test, seed=0, groups=chosen.groups)
        return (_with_some_held_out(common),) if parts.test is None and nothing_asked else (parts,)
    loose = replace(common.dataset, samples=tuple(replace(s, part=None) for s in common.dataset.samples))
    return tuple(folds(loose, count, interleaved=chosen.folds == "interleaved", seed=0, groups=chosen.groups))


def _with_some_held_out(common: _Common) -> Parts:
    """Return a division of few photos; DataError says what to do where they form one group."""
    groups = common.settings.split.groups
    try:
        return split(common.dataset, test=HELD_OUT, seed=0, groups=groups)
    except DataError as error:
        count = min(FOLDS, len(common.dataset))
        advice = f"correct {groups}" if groups else f"give --folds {count} --set split.folds=interleaved to divide it"
        raise DataError(
            f"the {len(common.dataset)} photos of {common.dataset.root} form one group, and none can be held out to "
            f"compare on: {advice}"
        ) from error


def _folds_advice(common: _Common) -> str:
    """Return that folds compare on all photos, as many as the groups allow; "" where there is one group."""
    dataset, count = common.dataset, FOLDS
    if len(dataset) <= GROUPED_MOST:
        count = min(FOLDS, len(photo_groups(dataset, groups=common.settings.split.groups).groups))
    return f"; --folds {count} compares on all, in {count} times as long" if count > 1 else ""


def _held_out(count: int) -> str:
    return count_of(count, "held-out photo")


def _with_photos_enough(job: CompareJob, photos: int, screen: Screen) -> CompareJob:
    """Return the job without the arms that learn from more photos than there are, and without what builds on them.

    The screen is told which. Raises ConfigError where the first arm, which others are compared with, is one of them.
    """
    recipe = job.recipe
    photos_wanted = {
        arm.name: read_settings(settings_of(recipe, arm, extra=job.sets)).data.photos or 0 for arm in recipe.arm
    }
    greedy = frozenset(name for name, wanted in photos_wanted.items() if wanted > photos)
    if not greedy:
        return job
    first = recipe.arm[0].name
    if first in greedy:
        raise ConfigError(
            f"the arm {first!r} learns from {photos_wanted[first]} photos and there are {photos}: label more"
        )
    left = without_arms(recipe, greedy)
    gone = [arm.name for arm in recipe.arm if arm not in left.arm]
    screen.tell(f"left out, as there are {photos} photos to learn from: {', '.join(sorted(greedy, key=gone.index))}")
    if len(gone) > len(greedy):
        built = [name for name in gone if name not in greedy]
        screen.tell(f"left out, as they build on those or are compared with them: {', '.join(built)}")
    return replace(job, recipe=left)


def _how_judged(parts: tuple[Parts, ...]) -> str:
    judged = sum(len(fold.test) for fold in parts if fold.test is not None)
    if len(parts) > 1:
        return f"{judged} photos in {len(parts)} folds, each judged by the models that had not seen it"
    return f"{_held_out(judged)}; {len(parts[0].train)} to learn from"


def _settings(job: CompareJob, arm: Arm, stand_in: bool) -> tuple[str, ...]:
    timed = () if job.minutes is None else (f"optim.minutes={job.minutes}", "optim.steps=0")
    given = () if job.recipe.minutes is None else (f"optim.minutes={job.recipe.minutes}",)
    whole = settings_of(job.recipe, arm, extra=(*job.sets, *timed), stand_in=stand_in)
    return (*given, *whole)


def _arm_ready(common: _Common, arm: Arm, parts: Parts) -> PreparedArm:
    """Return an arm ready to train: with its own settings, or its stand-in's where its weights are not available."""
    prepared = PreparedArm(arm, _prepared(common, _settings(common.job, arm, stand_in=False)))
    if not arm.stand_in:
        return prepared
    _, plan = prepared.prepare(parts, 0)
    if weights_available(plan, len(common.dataset.classes)):
        return prepared
    return PreparedArm(arm, _prepared(common, _settings(common.job, arm, stand_in=True)), stands_in=True)


def _prepared(common: _Common, words: tuple[str, ...]) -> Callable[[Parts, int], tuple[Parts, Plan]]:
    settings = read_settings(words)

    def prepare(parts: Parts, seed: int) -> tuple[Parts, Plan]:
        job = Job(common.job.data, common.job.out, settings, seed=seed)
        thin = subsampled_parts(parts, job)
        return thin, plan_for(job, thin, common.machine)

    return prepare


def _listen(common: _Common, screen: Screen) -> Callable[[Trial, Path], TrialListener]:
    """Return what is called while a trial runs: the screen, and for the first seed the writer of pictures."""

    def listen(trial: Trial, folder: Path) -> TrialListener:
        def photo(judged: Judged) -> None:
            if trial.seed == 0:
                write_panel(folder, judged, common.dataset.classes, whole=True)

        named = screen.watch(f"{trial.arm}, seed {trial.seed}, fold {trial.fold}")
        return TrialListener(named, photo)

    return listen
