from benchmarks.leaderboard.cells import Cell
from benchmarks.leaderboard.methods import METHODS
from benchmarks.leaderboard.photo_lists import numbers_of
from benchmarks.leaderboard.tiers import Choice, cells_of
from benchmarks.sets import SETS


def test_the_hour_has_every_method_once_on_every_set_ours_and_the_peer_first() -> None:
    cells = cells_of("hour", Choice())
    assert {(cell.minutes, cell.seed) for cell in cells} == {(1.25, 0)}
    assert all(cell.photos == numbers_of(cell.set_name)[-1] for cell in cells)
    first = [(cell.set_name, cell.method) for cell in cells[: 2 * len(SETS)]]
    assert first == [(name, method) for name in SETS for method in ("maskwright", "expert-recipe")]
    wanted = {(name, m) for name in SETS for m in METHODS if m != "wnet-vessels"} | {("drive", "wnet-vessels")}
    assert {(cell.set_name, cell.method) for cell in cells} == wanted
    assert len(cells) == len(wanted)


def test_a_larger_tier_begins_with_the_smaller_one_and_measures_nothing_twice() -> None:
    hour, day, everything = (cells_of(tier, Choice()) for tier in ("hour", "day", "all"))
    assert day[: len(hour)] == hour
    assert set(hour) <= set(day) <= set(everything)
    assert len(set(everything)) == len(everything)
    ours = [cell for cell in day if cell.method == "maskwright" and cell.set_name == "drive"]
    whole = [cell for cell in ours if cell.photos == 20]
    assert {(c.minutes, c.seed) for c in whole} == {(1.25, 0), (1.25, 1), (1.25, 2), (5.0, 0), (10.0, 0)}
    assert {c.photos for c in ours} == {5, 10, 20}


def test_a_method_that_minutes_and_seeds_do_not_change_is_measured_once() -> None:
    constants = [cell for cell in cells_of("all", Choice(sets=["drive"])) if cell.method == "constant"]
    assert [(c.photos, c.minutes, c.seed) for c in constants] == [(20, 1.25, 0), (5, 1.25, 0), (10, 1.25, 0)]


def test_photos_minutes_and_seeds_can_be_asked_for() -> None:
    choice = Choice(["drive"], ["maskwright"], [0, 5, 7], [5.0], [2])
    assert cells_of("hour", choice) == [Cell("drive", "maskwright", n, 5.0, 2) for n in (5, 20)]
    own = cells_of("hour", Choice(["drive"], ["my-method"]))
    assert own == [Cell("drive", "my-method", 20, 1.25, 0)]
