"""Cross-validation: one training a fold, each photo judged by the model that has not seen it."""

from collections.abc import Callable
from pathlib import Path

from maskwright.data.dataset import Dataset
from maskwright.data.split import Parts
from maskwright.errors import RunError
from maskwright.infer.load import load
from maskwright.judge.evaluate import Evaluation, Judged, evaluate, joined, write_evaluation
from maskwright.planning.plan import Plan
from maskwright.planning.run_folder import read_run_facts
from maskwright.training.loop import Progress, train


def cross_validate(
    parts: list[Parts],
    make_plan: Callable[[Parts], Plan],
    *,
    out: Path,
    seed: int,
    on_fold: Callable[[int], Callable[[Progress], None]],
    on_photo: Callable[[Judged], None],
) -> Evaluation:
    """Train once a fold into `out/folds/<k>`, and return all held-out photos' scores as one evaluation.

    Each fold is planned from its own training photos. A fold that is finished is not trained again, one that
    was interrupted goes on. Raises RunError where a finished fold held out other photos.
    """
    evaluations = []
    for fold, one in enumerate(parts):
        assert one.test is not None
        folder = out / "folds" / str(fold)
        if (folder / "run.json").exists():
            _refuse_another_division(folder, one.test)
        else:
            train(one, make_plan(one), out=folder, seed=seed, resume=True, on_progress=on_fold(fold))
        evaluations.append(evaluate(load(folder), one.test, on_photo=on_photo))
        write_evaluation(evaluations[-1], folder)
    return joined(evaluations)


def _refuse_another_division(folder: Path, test: Dataset) -> None:
    if read_run_facts(folder).test_photos != tuple(sample.name for sample in test.samples):
        raise RunError(
            f"{folder} held out other photos: resume with the --folds, --seed and --set split.* of the first time, "
            "or choose another --out"
        )
