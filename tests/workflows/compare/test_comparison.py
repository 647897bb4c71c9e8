import json

import numpy as np

from maskwright.classes import class_table
from maskwright.datasets.label_bits import LabelBits
from maskwright.evaluation.evaluate import Evaluation, PhotoScore
from maskwright.evaluation.object_sizes import ObjectScore
from maskwright.workflows.compare.arm_rows import arm_rows
from maskwright.workflows.compare.comparison import Comparison, comparison_as_json, comparison_as_markdown, size_table
from maskwright.workflows.compare.recipe import Arm, Recipe
from maskwright.workflows.compare.trial import TrialResult

RECIPE = Recipe("r", "R", (Arm("blind"), Arm("keen")))


def compared(*areas: int) -> Comparison:
    """Return the comparison of an arm that finds only objects of 5000 px or more with one that finds half of each."""
    cells = []
    for arm in ("blind", "keen"):
        found = [1.0 if area >= 5000 else 0.0 for area in areas] if arm == "blind" else [0.5] * len(areas)
        objects = tuple(ObjectScore(1, area, iou, iou) for area, iou in zip(areas, found, strict=True))
        photo = PhotoScore("a", np.array([[9, 0], [1, 9]], dtype=np.int64), objects=objects)
        evaluation = Evaluation(class_table(("background", "coil")), (photo,))
        cells += [TrialResult(arm, seed, 0, evaluation, minutes=1.0, steps=1, parameters=1) for seed in (0, 1)]
    rows = arm_rows(RECIPE, {"blind": (), "keen": ()}, cells)
    return Comparison(RECIPE, "d", "1 photo", (0, 1), "m", tuple(rows), (), LabelBits((("a", 1.0),), 1.0, 1.0))


def test_objects_are_grouped_by_size_over_all_seeds() -> None:
    columns, rows = size_table(compared(100, 200, 5000, 20_000))
    assert columns == ("arm", "under 1,024 px", "1,024 to 9,216 px", "9,216 px or more")
    assert rows == (("blind", "0.000 (4)", "1.000 (2)", "1.000 (2)"), ("keen", "0.500 (4)", "0.500 (2)", "0.500 (2)"))


def test_sizes_are_in_the_markdown_and_the_json() -> None:
    comparison = compared(100, 20_000)
    assert "| blind | 0.000 (2) | 1.000 (2) |" in comparison_as_markdown(comparison)
    text = json.dumps(comparison_as_json(comparison), allow_nan=False)
    assert json.loads(text)["arms"][0]["sizes"][2]["objects"] == 2


def test_objects_of_one_size_need_no_table() -> None:
    assert size_table(compared(100, 200)) == ((), ())
    assert "by their area" not in comparison_as_markdown(compared(100, 200))
