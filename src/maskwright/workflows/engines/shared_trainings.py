"""The folds of a training and the trials of a comparison on an engine: trained there, then read as if trained here."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from maskwright.datasets.splitting.split import Parts
from maskwright.evaluation.evaluate import Judged
from maskwright.models.weights.read_run_weights import model_file
from maskwright.output_file_names import FOLDS_FOLDER, RUN_FACTS_FILE
from maskwright.planning.plan import Plan
from maskwright.report.run_pictures import write_panel
from maskwright.training.loop import train
from maskwright.workflows.compare.trial import Trial, TrialListener, run_trial
from maskwright.workflows.engines.ray_cluster import address_of, cluster
from maskwright.workflows.engines.ray_trainings import Training, run_trainings
from maskwright.workflows.progress.screen import ignore


def share_folds(
    engine: str, folds: Sequence[tuple[Parts, Plan]], *, out: Path, seed: int, tell: Callable[[str], None]
) -> None:
    """Train the folds that are not finished into `out/folds/<k>`, each as a task of the engine."""
    folders = [out.absolute() / FOLDS_FOLDER / str(fold) for fold in range(len(folds))]
    trainings = [
        Training(f"fold {fold + 1} of {len(folds)}", partial(_train_fold, parts, plan, folder, seed))
        for fold, ((parts, plan), folder) in enumerate(zip(folds, folders, strict=True))
        if not (folder / RUN_FACTS_FILE).exists()
    ]
    _share(engine, trainings, tell)


def share_trials(
    engine: str, trials: Sequence[tuple[Trial, Path]], *, data: str, pictures: bool, tell: Callable[[str], None]
) -> None:
    """Train and score the trials into their folders, each as a task of the engine, after the one it starts from."""
    names = {folder: f"{trial.arm}, seed {trial.seed}, fold {trial.fold}" for trial, folder in trials}
    trainings = [
        Training(
            names[folder],
            partial(_train_trial, trial, folder.absolute(), data, pictures),
            follows=(names[trial.start],) if trial.start is not None and trial.start in names else (),
        )
        for trial, folder in trials
    ]
    _share(engine, trainings, tell)


def _share(engine: str, trainings: Sequence[Training], tell: Callable[[str], None]) -> None:
    if not trainings:
        return
    with cluster(address_of(engine)) as ray:
        run_trainings(ray, trainings, tell=tell)


def _train_fold(parts: Parts, plan: Plan, folder: Path, seed: int) -> None:
    train(parts, plan, out=folder, seed=seed, resume=True, on_progress=ignore)


def _train_trial(trial: Trial, folder: Path, data: str, pictures: bool) -> None:
    """Run a trial; one whose start was not trained is left to the command, which says so."""
    if trial.start is not None and not model_file(trial.start).exists():
        return

    def photo(judged: Judged) -> None:
        if pictures and trial.seed == 0 and trial.parts.test is not None:
            write_panel(folder, judged, trial.parts.test.classes, whole=True)

    run_trial(trial, folder, data=data, begin=lambda: TrialListener(ignore, photo))
