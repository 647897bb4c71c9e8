"""Which columns are of training photos in evaluation mode."""

import pytest

from maskwright.diagnosis.history.training_photos import evaluated_training_columns


@pytest.mark.parametrize("again", ["train dice (model.eval())", "train_eval_dice", "train/dice_eval"])
def test_a_third_score_beside_training_and_validation_is_of_training_photos(again: str) -> None:
    assert evaluated_training_columns(["train dice", "val dice", again, "loss"]) == {again: "train dice"}


@pytest.mark.parametrize(
    "names",
    [
        ["train/loss", "train/eval_loss"],
        ["loss", "eval_loss"],
        ["train dice", "eval dice"],
        ["train_dice", "test_dice"],
    ],
)
def test_two_scores_are_of_training_and_validation(names: list[str]) -> None:
    assert not evaluated_training_columns(names)
