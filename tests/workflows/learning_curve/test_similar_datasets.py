"""Like sets: the quick answer without training names the measured sets whose masks hold about as much."""

from maskwright.datasets.label_bits import LabelBits
from maskwright.workflows.learning_curve.similar_datasets import MEASURED, similar_datasets, similar_datasets_in_words


def bits_of(mean: float) -> LabelBits:
    return LabelBits((("a", mean), ("b", mean)), 2 * mean, 1.0)


def test_each_measured_set_is_most_like_itself() -> None:
    for one in MEASURED:
        assert similar_datasets(bits_of(one.bits), one.classes)[0] == one


def test_the_words_name_photos_minutes_and_score() -> None:
    first = similar_datasets(bits_of(500), 2)[0]
    words = similar_datasets_in_words(bits_of(500), 2)
    assert f"{first.name}: {first.iou:.2f} from {first.photos} photos" in words
    assert "maskwright learning-curve" in words


def test_masks_unlike_any_measured_set_get_no_comparison() -> None:
    assert similar_datasets(bits_of(5e7), 2) == []
    assert "No measured set is like this one" in similar_datasets_in_words(bits_of(5e7), 2)
