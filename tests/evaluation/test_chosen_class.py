import numpy as np
import pytest

from maskwright.classes import class_table
from maskwright.errors import ConfigError
from maskwright.evaluation.chosen_class import focused
from maskwright.evaluation.evaluate import Evaluation, PhotoScore
from maskwright.evaluation.verdict import verdict

COUNTS = np.array([[700, 20, 10], [30, 100, 40], [0, 50, 50]])
TABLE = class_table(("ground", "cat", "dog"))


def test_one_class_is_counted_against_all_others_together() -> None:
    evaluation = focused(Evaluation(TABLE, (PhotoScore("a", COUNTS),)), "cat")
    assert evaluation.classes.names == ("everything else", "cat")
    assert evaluation.counts.tolist() == [[760, 70], [70, 100]]
    assert evaluation.dataset_iou == pytest.approx(100 / 240)


def test_the_background_can_be_the_headline() -> None:
    evaluation = focused(Evaluation(TABLE, (PhotoScore("a", COUNTS),)), "ground")
    assert evaluation.counts.tolist() == [[240, 30], [30, 700]]
    assert verdict(evaluation, []).title.startswith("Finding ground: 0.92")


def test_an_unknown_class_is_refused_with_the_names() -> None:
    with pytest.raises(ConfigError, match="--object bird: there is no such class; choose one of ground, cat, dog"):
        focused(Evaluation(TABLE, (PhotoScore("a", COUNTS),)), "bird")
