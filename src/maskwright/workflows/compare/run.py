"""Compare: every arm of a recipe on the same photos and seeds, cell by cell; what is finished is not trained again."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from maskwright.datasets.split import Parts
from maskwright.errors import ConfigError, WeightsError
from maskwright.models.build import build_model
from maskwright.models.weights.run_weights import model_file
from maskwright.planning.plan import Plan
from maskwright.workflows.compare.recipe import Arm, Recipe
from maskwright.workflows.compare.trial import Cell, CellResult, CellWatch, cell_folder, run_cell


@dataclass(frozen=True)
class Task:
    """One arm as it is trained: `prepare` gives the thinned parts and the plan for a fold's parts and a seed.

    `stands_in` says that it is trained by its `stand_in` settings, as its own need weights that cannot be had.
    """

    arm: Arm
    prepare: Callable[[Parts, int], tuple[Parts, Plan]]
    stands_in: bool = False


@dataclass(frozen=True)
class Table:
    """What all tasks share: the recipe, the folder, the parts of each fold, the seeds, the digest of the data."""

    recipe: Recipe
    out: Path
    folds: tuple[Parts, ...]
    seeds: tuple[int, ...]
    data: str


def compare(table: Table, tasks: Sequence[Task], *, watch: Callable[[Cell, Path], CellWatch]) -> list[CellResult]:
    """Train and judge every cell that is not finished, seed by seed; return what all of them came to.

    Raises ConfigError before anything is trained where a plan of an arm cannot be, and RunError where a cell on
    disk is of other settings or data.
    """
    if any(parts.test is None for parts in table.folds):
        raise ConfigError("nothing is held out to compare on: give --folds 4, or --set split.test=0.25")
    for task in tasks:
        task.prepare(table.folds[0], table.seeds[0])
    results: list[CellResult] = []
    for cell in _cells(table, tasks):
        if cell.start is not None and not model_file(cell.start).exists():
            first = table.recipe.named(cell.arm).starts_from
            failed = f"there is no model to start from: see why {first!r} failed"
            results.append(CellResult(cell.arm, cell.seed, cell.fold, None, failed=failed))
            continue
        folder = cell_folder(table.out, cell.arm, cell.seed, cell.fold)
        results.append(run_cell(cell, folder, data=table.data, begin=partial(watch, cell, folder)))
    return results


def _cells(table: Table, tasks: Sequence[Task]) -> Iterator[Cell]:
    """Yield the cells in the order in which they are trained: one seed of everything first."""
    for seed in table.seeds:
        for fold, parts in enumerate(table.folds):
            for task in tasks:
                thinned, plan = task.prepare(parts, seed)
                yield Cell(task.arm.name, seed, fold, thinned, plan, _start(table, task.arm, seed, fold))


def _start(table: Table, arm: Arm, seed: int, fold: int) -> Path | None:
    """Return the folder of the run that an arm starts from, None where it starts as planned."""
    return cell_folder(table.out, arm.starts_from, seed, fold) if arm.starts_from else None


def weights_can_be_had(plan: Plan, class_count: int) -> bool:
    """Tell whether the network of a plan can be built with the weights that it names."""
    try:
        build_model(plan.net, class_count)
    except WeightsError:
        return False
    return True
