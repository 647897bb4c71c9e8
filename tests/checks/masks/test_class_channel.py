"""A channel is proposed as the class where it tells something apart, and by a command that reads what is stored."""

from pathlib import Path

from maskwright.checks.masks.class_channel import channel_of_few_values
from maskwright.datasets.dataset import Sample
from maskwright.datasets.truth.mask_truth import MaskFile
from maskwright.imaging.mask_reader import COLOUR_BIT


def samples(photos: str, masks: str) -> list[Sample]:
    return [Sample(f"{k}.png", Path(photos, f"{k}.png"), MaskFile(Path(masks, f"{k}.png")), (9, 9)) for k in range(2)]


def colours(red: int, green: int) -> list[int]:
    return [COLOUR_BIT + (r << 16) + (g << 8) for r in range(20, 20 + red) for g in range(40, 40 + green)]


def test_a_channel_of_one_value_is_never_the_class() -> None:
    assert channel_of_few_values(colours(60, 60), samples("images", "masks"), Path("data")) == ""


def test_the_channel_of_fewest_values_that_differ_is_named() -> None:
    assert "the channel R takes 5 values" in channel_of_few_values(colours(5, 60), samples("i", "m"), Path("data"))


def test_no_command_rewrites_photos_among_masks() -> None:
    assert "python -c" not in channel_of_few_values(colours(5, 60), samples("m", "m"), Path("data"))
