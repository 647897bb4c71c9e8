"""The results of one machine, by set, method, photos and minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from benchmarks.leaderboard.cells import Cell, Result
from benchmarks.leaderboard.differences import Difference, paired
from benchmarks.leaderboard.methods import METHODS, NO_CLOCK, OURS, takes
from benchmarks.leaderboard.photo_lists import numbers_of
from benchmarks.leaderboard.tiers import QUICK, SEEDS
from benchmarks.sets import SETS


@dataclass(frozen=True)
class Place:
    """Where methods are compared: the same set, photos and minutes."""

    set_name: str
    photos: int
    minutes: float


@dataclass(frozen=True)
class Row:
    """A method at a place: means over its seeds, and ours minus it; `results` is never empty."""

    method: str
    results: tuple[Result, ...]
    behind: Difference | None

    @property
    def iou_per_photo(self) -> float:
        """The mean over photos, then over seeds."""
        return float(np.mean([np.mean(one.counted) for one in self.results]))

    @property
    def dataset_iou(self) -> float:
        """The mean over seeds."""
        return float(np.mean([one.dataset_iou for one in self.results]))

    def extra(self, name: str) -> float:
        """Return a further score of the set, its mean over seeds."""
        return float(np.mean([one.extra[name] for one in self.results]))


@dataclass(frozen=True)
class Board:
    """All results of one machine."""

    results: tuple[Result, ...]

    @cached_property
    def methods(self) -> tuple[str, ...]:
        """The standing methods in their order, then those of files of their own."""
        return tuple(dict.fromkeys([*METHODS, *sorted(one.cell.method for one in self.results)]))

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every set with all its photos at 75 s, and whatever else was measured."""
        every = [Place(name, numbers_of(name)[-1], QUICK) for name in SETS]
        measured = {Place(one.cell.set_name, one.cell.photos, one.cell.minutes) for one in self.results}
        order = list(SETS)
        more = measured - set(every)
        return (*every, *sorted(more, key=lambda p: (order.index(p.set_name), -p.photos, p.minutes)))

    def rows(self, place: Place) -> list[Row]:
        """Return the methods that were measured at a place, in their order."""
        by_method = {method: self._at(place, method) for method in self.methods}
        ours = by_method[OURS]
        return [
            Row(method, results, None if method == OURS else paired(ours, results))
            for method, results in by_method.items()
            if results
        ]

    def missing(self, place: Place) -> list[str]:
        """Return the standing methods that are for this set and were not measured at a place."""
        return [m for m in METHODS if takes(m, place.set_name) and not self._at(place, m)]

    def _at(self, place: Place, method: str) -> tuple[Result, ...]:
        """Return the results of a method at a place by seed; of methods without a clock those at 75 s."""
        minutes = QUICK if method in NO_CLOCK else place.minutes
        at = [one for one in self.results if self._matches(one.cell, place, method, minutes)]
        return tuple(sorted(at, key=lambda one: one.cell.seed))

    @staticmethod
    def _matches(cell: Cell, place: Place, method: str, minutes: float) -> bool:
        return (cell.set_name, cell.photos, cell.method) == (place.set_name, place.photos, method) and (
            cell.minutes == minutes
        )


def boards_of(results: Sequence[Result]) -> list[Board]:
    """Return a board for each machine, figures of several are not comparable: first the one with most trials repeated.

    The README's table is of the first: a figure of three seeds says more than one of a single training.
    """
    machines = dict.fromkeys(one.machine[0] for one in results)
    boards = [Board(tuple(one for one in results if one.machine[0] == machine)) for machine in machines]
    return sorted(boards, key=_worth, reverse=True)


def _worth(board: Board) -> tuple[int, int, int]:
    """Return how many results have the last of the usual seeds, how many methods there are, and how many results."""
    repeated = sum(one.cell.seed == SEEDS[-1] for one in board.results)
    return repeated, len({one.cell.method for one in board.results}), len(board.results)


def board_of(results: Sequence[Result]) -> Board:
    """Return the first of `boards_of`, an empty one without any."""
    return next(iter(boards_of(results)), Board(()))
