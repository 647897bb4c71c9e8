"""Cross-validation: one training for each fold; each photo is scored with the model that has not seen it."""

from collections.abc import Callable
from pathlib import Path

from maskwright.datasets.splitting.split import Parts
from maskwright.evaluation.evaluate import Evaluation, Judged, evaluate, joined
from maskwright.evaluation.evaluation_files import write_evaluation
from maskwright.inference.load import load
from maskwright.output_file_names import FOLDS_FOLDER, RUN_FACTS_FILE
from maskwright.planning.plan import Plan
from maskwright.training.checkpoint import require_same_parts
from maskwright.training.loop import train
from maskwright.training.progress import Progress


def cross_validate(
    parts: list[Parts],
    make_plan: Callable[[Parts], Plan],
    *,
    out: Path,
    seed: int,
    on_fold: Callable[[int], Callable[[Progress], None]],
    on_photo: Callable[[Judged], None],
) -> Evaluation:
    """Train once for each fold into `out/folds/<k>`, and return all held-out photos' scores as one evaluation.

    Each fold is planned from its own training photos. A finished fold is not trained again, an interrupted one is
    continued. Raises RunError where a fold was begun with another split.
    """
    evaluations = []
    for fold, fold_parts in enumerate(parts):
        assert fold_parts.test is not None
        folder = out / FOLDS_FOLDER / str(fold)
        if (folder / RUN_FACTS_FILE).exists():
            require_same_parts(folder, fold_parts, seed=seed)
        else:
            train(fold_parts, make_plan(fold_parts), out=folder, seed=seed, resume=True, on_progress=on_fold(fold))
        evaluations.append(evaluate(load(folder), fold_parts.test, on_photo=on_photo))
        write_evaluation(evaluations[-1], folder)
    return joined(evaluations)
