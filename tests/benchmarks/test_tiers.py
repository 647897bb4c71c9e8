from benchmarks.__main__ import QUICK_MINUTES, QUICK_SETS, SLOW, cells_of
from benchmarks.trials import METHOD_FILES


def test_the_default_tier_holds_every_set_and_every_method_but_the_slow_one() -> None:
    cells = cells_of("default")
    assert {cell.set_name for cell in cells} == set(QUICK_SETS)
    assert {cell.method for cell in cells} == set(METHOD_FILES) - {SLOW}
    assert {(cell.seed, cell.minutes) for cell in cells} == {(0, QUICK_MINUTES)}
    assert len({cell.key for cell in cells}) == len(cells)


def test_folds_and_minutes_can_be_asked_for() -> None:
    cells = cells_of("default", sets=["isbi_membrane"], methods=["constant"], folds=[1, 3], minutes=5.0)
    assert [cell.key for cell in cells] == [f"isbi_membrane-fold{fold}-constant-seed0-5min" for fold in (1, 3)]
