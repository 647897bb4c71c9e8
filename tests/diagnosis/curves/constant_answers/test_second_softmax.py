"""Loss and accuracy that fit a softmax of probabilities in each row, and those of trainings that do not."""

import math

import numpy as np
import pytest

from maskwright.diagnosis.curves.constant_answers.second_softmax import second_softmax_findings
from tests.support.drawn_histories import falling, healthy, history


@pytest.mark.parametrize("classes", [2, 3, 4, 8])
@pytest.mark.parametrize("wrong", [0.03, 0.09, 0.2])
def test_a_loss_of_the_floor_and_the_wrong_pixels_is_of_a_second_softmax(classes: int, wrong: float) -> None:
    share = wrong + falling(24, first=0.3, last=0.0, pace=12)
    loss = math.log(math.e + classes - 1) - 1 + share + np.random.default_rng(0).normal(0, 0.001, 24)
    (named,) = second_softmax_findings(history(train_loss=loss, val_loss=loss, val_acc=1 - share))
    assert named.code == "loss-flat"
    assert f"{classes} classes" in named.evidence


@pytest.mark.parametrize("seed", range(20))
def test_healthy_trainings_show_no_second_softmax(seed: int) -> None:
    assert not second_softmax_findings(healthy(seed))
