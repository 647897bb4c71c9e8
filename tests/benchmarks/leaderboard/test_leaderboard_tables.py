from collections.abc import Sequence
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from benchmarks.leaderboard.board import Place, board_of
from benchmarks.leaderboard.cells import Cell, Result
from benchmarks.leaderboard.differences import paired
from benchmarks.leaderboard.methods import METHODS, WHAT_IT_IS
from benchmarks.leaderboard.photo_lists import lists_of
from benchmarks.leaderboard.plots import HEIGHT, minutes_svg, photos_svg
from benchmarks.leaderboard.tables import overview_lines, set_lines, verdict_lines
from benchmarks.leaderboard.writing import leaderboard_markdown, with_table

PHOTOS = len(lists_of("drive").test)


def result(method: str, ious: Sequence[float | None], *, seed: int = 0, minutes: float = 1.25) -> Result:
    cell = Cell("drive", method, 20, minutes, seed)
    machine = ("1 CPU core", "torch 2")
    code = "2026-11-29 10:00, commit abc1234"
    return Result(cell, tuple(ious), 0.5, {"dice": 0.75}, 75.0, 70.0, 20.0, 100, 900.0, 2.0, machine, code, "x")


def spread(mean: float) -> list[float]:
    """Return an IoU a photo of drive around a mean."""
    return [mean + 0.01 * (i % 5 - 2) for i in range(PHOTOS)]


def test_a_difference_is_paired_by_photo_and_seed() -> None:
    ours = [result("maskwright", [0.8, None, 0.6, 0.4]), result("maskwright", [0.6, 0.2, 0.6, 0.4], seed=1)]
    theirs = [result("other", [0.5, 0.5, None, 0.4]), result("other", [0.6, 0.1, 0.5, 0.4], seed=1)]
    gap = paired(ours, theirs)
    assert gap is not None
    assert gap.mean == pytest.approx((0.3 + 0.5 - 0.4 + 0 + 0 + 0.1 + 0.1 + 0) / 8)
    assert gap.seeds == 2
    assert gap.low is not None
    assert gap.high is not None
    assert gap.low < gap.mean < gap.high
    assert paired(ours[:1], theirs[1:]) is None


def test_the_interval_is_as_wide_as_photos_and_seeds_make_it() -> None:
    rng = np.random.default_rng(3)
    photos = rng.normal(0.1, 0.2, 40)
    ours = [result("maskwright", (0.5 + photos).tolist())]
    theirs = [result("other", [0.5] * 40)]
    one = paired(ours, theirs)
    assert one is not None
    assert one.low is not None
    assert one.high is not None
    expected = 2 * 1.96 * photos.std() / np.sqrt(40)
    assert one.high - one.low == pytest.approx(expected, rel=0.15)
    lucky = [replace(ours[0], photo_ious=tuple(v + s for v in ours[0].counted)) for s in (0.0, 0.3, -0.3)]
    seeds = [replace(one, cell=replace(one.cell, seed=i)) for i, one in enumerate(lucky)]
    others = [result("other", [0.5] * 40, seed=i) for i in range(3)]
    wide = paired(seeds, others)
    assert wide is not None
    assert wide.low is not None
    assert wide.high is not None
    assert wide.high - wide.low > 2 * (one.high - one.low)


def test_fewer_than_four_photos_have_no_interval_and_a_constant_faces_every_seed() -> None:
    ours = [result("maskwright", [0.8, 0.6, 0.4], seed=seed) for seed in (0, 1)]
    gap = paired(ours, [replace(result("constant", [0.1, 0.1, 0.1]), steps=0)])
    assert gap is not None
    assert (gap.low, gap.high, gap.seeds) == (None, None, 2)
    assert gap.mean == pytest.approx(0.5)
    trained = paired(ours, [result("other", [0.1, 0.1, 0.1])])
    assert trained is not None
    assert trained.seeds == 1


def test_what_is_not_measured_is_called_so_and_the_best_is_bold() -> None:
    elsewhere = result("constant", [0.5] * 4)
    elsewhere = replace(elsewhere, cell=replace(elsewhere.cell, set_name="futoshiki", photos=10))
    board = board_of([result("maskwright", spread(0.6)), result("expert-recipe", spread(0.5))])
    lines = overview_lines(board_of([*board.results, elsewhere]))
    assert lines[0].endswith("| judged | maskwright | expert's recipe | constant class |")
    retina = next(line for line in lines if line.startswith("| vessels of the retina"))
    assert retina.endswith("| 20 | 20 | **0.600** | 0.500 | not measured |")
    lines = overview_lines(board)
    assert sum("**" in line for line in lines) == 1
    table = "\n".join(set_lines(board, "drive"))
    row = "| 20 | 1.25 | expert's recipe | 1 | 0.500 | 0.500 | 0.750 | +0.100 (+0.100 to +0.100) | 100 | 75 | 70 |"
    assert row in table
    missing = next(line for line in table.splitlines() if line.startswith("Not measured on this machine: "))
    assert "pixel forest" in missing
    assert "maskwright" not in missing


def test_ten_minutes_of_ours_have_the_last_column_and_are_not_compared() -> None:
    longer = result("maskwright", spread(0.9), minutes=10.0)
    lines = overview_lines(board_of([result("maskwright", spread(0.6)), result("constant", spread(0.7)), longer]))
    assert lines[0].endswith("| maskwright | constant class | maskwright, 10 minutes |")
    retina = next(line for line in lines if line.startswith("| vessels of the retina"))
    assert retina.endswith("| 0.600 | **0.700** | 0.900 |")


def test_the_machine_with_three_seeds_comes_before_the_one_with_more_methods() -> None:
    elsewhere = [replace(result("maskwright", spread(0.6), seed=seed), machine=("64 cores", "")) for seed in (0, 1, 2)]
    board = board_of([result("maskwright", spread(0.6)), result("constant", spread(0.1)), *elsewhere])
    assert board.results == tuple(elsewhere)


def test_every_method_that_is_not_ours_is_explained_in_the_head_of_the_page() -> None:
    assert set(WHAT_IT_IS) == set(METHODS) - {"maskwright"}
    assert "| pixel forest | a random forest on" in leaderboard_markdown([])


def test_the_verdict_counts_clear_leads_and_clear_losses() -> None:
    peers = [result("expert-recipe", spread(0.5)), result("fcn-head-sgd", spread(0.7))]
    first, second, third = verdict_lines(board_of([result("maskwright", spread(0.6)), *peers]))
    assert first.endswith("ahead in 1 of 2 comparisons, the interval above zero in 1, below zero in 1.")
    assert third == "* Ahead of ours: FCN head, torchvision's schedule on drive by 0.100."
    assert second.endswith("ahead in 1 of 1 comparisons, the interval above zero in 1, below zero in 0.")


def test_machines_are_not_mixed() -> None:
    elsewhere = replace(result("expert-recipe", spread(0.9)), machine=("64 CPU cores", "torch 2"))
    here = [result("maskwright", spread(0.6)), result("constant", spread(0.1))]
    board = board_of([*here, elsewhere])
    assert {row.method for row in board.rows(Place("drive", 20, 1.25))} == {"maskwright", "constant"}
    page = leaderboard_markdown([*here, elsewhere])
    sections = [line for line in page.splitlines() if line.startswith("## ")]
    assert sections[:2] == [f"## {here[0].machine[0]}", "## 64 CPU cores"]
    first, second = page.split("## 64 CPU cores")
    assert ("0.900" in first, "0.900" in second) == (False, True)
    assert page.count("leaderboard-minutes.svg") == 1


def test_the_plots_are_small_pictures_with_the_points_at_their_height() -> None:
    results = [result("maskwright", spread(0.6)), result("maskwright", spread(0.8), minutes=10.0)]
    for picture in (minutes_svg(board_of(results)), photos_svg(board_of(results))):
        ElementTree.fromstring(picture)
        assert len(picture) < 60_000
    dots = ElementTree.fromstring(minutes_svg(board_of(results))).iter("{http://www.w3.org/2000/svg}circle")
    first, second = ((float(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in dots)
    assert first[0] < second[0]
    assert first[1] - second[1] == pytest.approx(0.2 * (HEIGHT - 68), abs=0.2)


def test_the_page_is_whole_with_nothing_measured_and_stands_in_the_readme_between_its_marks() -> None:
    assert "Nothing is measured yet." in leaderboard_markdown([])
    page = "before\n<!-- leaderboard -->\nold\n<!-- /leaderboard -->\nafter\n"
    assert with_table(page, ["| a |"]) == "before\n<!-- leaderboard -->\n\n| a |\n\n<!-- /leaderboard -->\nafter\n"
