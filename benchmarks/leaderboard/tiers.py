"""Which cells a tier has, and in which order they are measured: the comparisons that matter most come first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.leaderboard.cells import Cell
from benchmarks.leaderboard.methods import METHODS, NO_CLOCK, OURS, PEER, takes
from benchmarks.leaderboard.photo_lists import numbers_of
from benchmarks.sets import SETS

QUICK, MINUTES, SEEDS = 1.25, (1.25, 5.0, 10.0, 20.0), (0, 1, 2)
TIERS = ("hour", "day", "all")


@dataclass(frozen=True)
class Choice:
    """What of a tier is asked for: empty means everything that the tier has."""

    sets: Sequence[str] = ()
    methods: Sequence[str] = ()
    photos: Sequence[int] = ()
    minutes: Sequence[float] = ()
    seeds: Sequence[int] = ()


def cells_of(tier: str, choice: Choice) -> list[Cell]:
    """Return the cells of a tier: `hour` one seed at 75 s, `day` three seeds, 5 and 10 minutes and fewer photos.

    `all` has 20 minutes too, and every number of photos with every number of minutes. Minutes, photos and seeds that
    are asked for take the place of the tier's.
    """
    every = [cell for cell in _hour(choice) if not choice.photos and not choice.minutes and not choice.seeds]
    if tier == "day":
        every += [*_seeds(choice), *_minutes(choice, (5.0, 10.0)), *_photos(choice)]
    if tier == "all" or choice.photos or choice.minutes or choice.seeds:
        every += _product(choice)
    cells = dict.fromkeys(cell for cell in every if takes(cell.method, cell.set_name))
    return [cell for cell in cells if not _measured_once(cell) or (cell.minutes == QUICK and cell.seed == 0)]


def _measured_once(cell: Cell) -> bool:
    """Return whether more minutes and seeds change nothing that would be worth its time."""
    return cell.method in NO_CLOCK


def _sets(choice: Choice) -> Iterable[str]:
    return choice.sets or SETS


def _methods(choice: Choice) -> Iterable[str]:
    return choice.methods or METHODS


def _whole(name: str) -> int:
    return numbers_of(name)[-1]


def _hour(choice: Choice) -> list[Cell]:
    """Return one cell a set and method: of every set ours and the strongest peer first."""
    first = [m for m in _methods(choice) if m in (OURS, PEER)]
    rest = [m for m in _methods(choice) if m not in first]
    pairs = [(name, m) for name in _sets(choice) for m in first] + [(name, m) for m in rest for name in _sets(choice)]
    return [Cell(name, method, _whole(name), QUICK, 0) for name, method in pairs]


def _seeds(choice: Choice) -> list[Cell]:
    return [
        Cell(name, method, _whole(name), QUICK, seed)
        for seed in SEEDS[1:]
        for method in _methods(choice)
        for name in _sets(choice)
    ]


def _minutes(choice: Choice, minutes: Sequence[float]) -> list[Cell]:
    return [
        Cell(name, method, _whole(name), minute, 0)
        for minute in reversed(minutes)
        for method in _methods(choice)
        for name in _sets(choice)
    ]


def _photos(choice: Choice) -> list[Cell]:
    return [
        Cell(name, method, number, QUICK, 0)
        for method in _methods(choice)
        for name in _sets(choice)
        for number in numbers_of(name)[:-1]
    ]


def _product(choice: Choice) -> list[Cell]:
    return [
        Cell(name, method, number, minute, seed)
        for seed in choice.seeds or SEEDS
        for minute in choice.minutes or MINUTES
        for name in _sets(choice)
        for number in _numbers(name, choice)
        for method in _methods(choice)
    ]


def _numbers(name: str, choice: Choice) -> list[int]:
    """Return the numbers of photos of a set: those asked for that it has, 0 standing for all."""
    if not choice.photos:
        return numbers_of(name)
    wanted = [_whole(name) if number == 0 else number for number in choice.photos]
    return [number for number in numbers_of(name) if number in wanted]
