import numpy as np

from maskwright.inference.minimum_class_area import without_scarce_classes, without_scarce_classes_in_strips

LEAST_TOTALS = (0.0, 0.01, 0.02)


def drawn() -> "np.ndarray[tuple[int, int], np.dtype[np.uint8]]":
    mask = np.zeros((60, 100), dtype=np.uint8)
    mask[:10, :10], mask[20:30, :19] = 1, 2  # 100 px of class 1, the least; 190 px of class 2, too few
    mask[50:, 50:] = 255
    return mask


def test_a_class_below_its_least_total_becomes_background_and_others_stay() -> None:
    mask = without_scarce_classes(drawn(), LEAST_TOTALS, 0)
    assert [int((mask == value).sum()) for value in (1, 2, 255)] == [100, 0, 500]


def test_strips_are_counted_together() -> None:
    whole = without_scarce_classes(drawn(), LEAST_TOTALS, 0)
    strips = without_scarce_classes_in_strips(lambda: iter(np.split(drawn(), 6)), LEAST_TOTALS, 0, 100)
    np.testing.assert_array_equal(np.concatenate(list(strips)), whole)
