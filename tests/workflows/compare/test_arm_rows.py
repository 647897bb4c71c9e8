import math
from pathlib import Path

import numpy as np

from maskwright.classes import class_table
from maskwright.evaluation.evaluate import Evaluation, PhotoScore
from maskwright.workflows.compare.arm_rows import ArmRow, arm_rows, photo_ious, photos_to_show, plots
from maskwright.workflows.compare.recipe import Arm, CurveSpec, LineSpec, Recipe
from maskwright.workflows.compare.trial import TrialResult, slug, trial_folder

CLASSES = class_table(("background", "coil"))


def photo(name: str, *, hit: int, missed: int, false: int, rest: int = 1000) -> PhotoScore:
    return PhotoScore(name, np.array([[rest, false], [missed, hit]], dtype=np.int64))


def cell(arm: str, seed: int, *photos: PhotoScore, failed: str = "") -> TrialResult:
    evaluation = None if failed else Evaluation(CLASSES, photos)
    return TrialResult(arm, seed, 0, evaluation, failed, minutes=2.0, steps=10, parameters=7, weights="random")


RECIPE = Recipe(
    "r",
    "R",
    (Arm("base"), Arm("better", say="why"), Arm("broken")),
    curve=(CurveSpec("t", "x", (LineSpec("l", ("base", "broken"), (1.0, 2.0)),)),),
)
MISSED_B, EMPTY = photo("b", hit=0, missed=20, false=0), photo("e", hit=0, missed=0, false=0)
FOUND_A, HALF_A, HALF_B = (photo(n, hit=h, missed=20 - h, false=0) for n, h in (("a", 20), ("a", 10), ("b", 10)))
CELLS = [
    cell("base", 0, HALF_A, MISSED_B, EMPTY),
    cell("base", 1, FOUND_A, MISSED_B, EMPTY),
    cell("better", 0, FOUND_A, HALF_B, photo("e", hit=0, missed=0, false=30)),
    cell("broken", 0, failed="the loss is no number"),
]


def rows() -> list[ArmRow]:
    return arm_rows(RECIPE, {arm.name: (f"net={arm.name}",) for arm in RECIPE.arm}, CELLS)


def test_photos_are_averaged_over_seeds_and_those_without_an_object_are_left_out_of_every_arm() -> None:
    assert photo_ious(CELLS[:2]) == {"a": 0.75, "b": 0.0}
    assert photo_ious(CELLS[2:3]) == {"a": 1.0, "b": 0.5}


def test_the_paired_difference_is_the_difference_of_the_means_over_the_same_photos() -> None:
    base, better, _ = rows()
    assert base.iou.value == 0.375
    assert base.by_seed == (0.25, 0.5)
    assert base.difference is None
    assert better.difference is not None
    assert better.difference.value == better.iou.value - base.iou.value == 0.375
    assert better.difference.low <= 0.375 <= better.difference.high
    assert (better.against, better.say, better.settings) == ("base", "why", ("net=better",))


def test_object_pixels_are_counted_over_all_photos_and_false_ones_on_empty_photos() -> None:
    base, better, _ = rows()
    assert (base.true_px, base.predicted_px, base.false_px) == (80, 30, 0)
    assert (better.true_px, better.predicted_px, better.false_px) == (40, 60, 30)
    assert (base.minutes, base.steps, base.parameters) == (2.0, 10, 7)


def test_an_arm_that_failed_has_no_score_and_says_why() -> None:
    broken = rows()[2]
    assert broken.failed == "the loss is no number"
    assert math.isnan(broken.iou.value)
    assert broken.difference is not None
    assert math.isnan(broken.difference.value)
    assert broken.photo_ious == {}


def test_curves_take_the_means_of_their_arms() -> None:
    (plot,) = plots(RECIPE.curve, rows())
    (name, points) = plot.lines[0]
    assert name == "l"
    assert [p.at for p in points] == [1.0, 2.0]
    assert points[0].iou.value == 0.375


def test_the_same_worst_and_median_photos_are_shown_for_all_arms() -> None:
    assert photos_to_show(rows(), worst=1, median=1) == [("b", "among the worst"), ("a", "around the median")]
    names = [name for name, _ in photos_to_show(rows())]
    assert names == ["b", "a"]


def test_arms_have_folders_of_their_own_however_alike_their_names() -> None:
    assert slug("5 % of pixels") != slug("5 of pixels")
    assert trial_folder(Path("out"), "BCE + RMSprop", 1, 0).parent.name.startswith("bce-rmsprop-")
    assert trial_folder(Path("out"), "a", 1, 2).name == "seed1-fold2"


def test_steps_and_minutes_of_the_arms_it_started_from_count() -> None:
    recipe = Recipe("r", "R", (Arm("a"), Arm("b", starts_from="a"), Arm("c", starts_from="b"), Arm("d")))
    results = [cell(name, 0, FOUND_A) for name in "abcd"]
    found = arm_rows(recipe, dict.fromkeys("abcd", ()), results)
    assert [row.steps for row in found] == [10, 20, 30, 10]
    assert [row.minutes for row in found] == [2.0, 4.0, 6.0, 2.0]
    assert found[2].weights == "those of b"
