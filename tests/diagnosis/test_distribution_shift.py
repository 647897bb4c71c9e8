import numpy as np

from maskwright.diagnosis.distribution_shift import outliers, unlike_findings
from maskwright.imaging.photos import Photo
from tests.support.scenes import picture


def bright(photo: Photo) -> Photo:
    return np.clip(photo.astype(np.int16) // 6 + 205, 0, 255).astype(np.uint8)


def test_photos_like_the_training_photos_are_not_unlike_them() -> None:
    assert outliers([picture(i) for i in range(20)], [(str(i), picture(100 + i)) for i in range(20)]) == ()


def test_overexposed_photos_are_named_with_the_statistic_and_the_range() -> None:
    found = outliers([picture(i) for i in range(20)], [("a", picture(50)), ("b", bright(picture(51)))])
    assert [one.name for one in found] == ["b"]
    assert found[0].value > found[0].high or found[0].value < found[0].low


def test_a_colour_cast_is_seen_whatever_the_brightness() -> None:
    red = picture(51).copy()
    red[..., 2] //= 4
    (found,) = outliers([picture(i) for i in range(20)], [("b", red)])
    assert found.statistic == "blue against green"


def test_few_training_photos_prove_nothing() -> None:
    assert outliers([picture(i) for i in range(7)], [("b", bright(picture(51)))]) == ()


def test_a_photo_that_is_unlike_is_a_note_unless_its_iou_is_measurably_lower() -> None:
    found = outliers([picture(i) for i in range(20)], [(f"b{i}", bright(picture(i))) for i in range(4)])
    good = {f"a{i}": 0.8 + 0.01 * i for i in range(8)}
    (note,) = unlike_findings(found, good | {f"b{i}": 0.82 for i in range(4)})
    (warning,) = unlike_findings(found, good | {f"b{i}": 0.3 + 0.05 * i for i in range(4)})
    assert (note.code, note.severity) == ("photos-unlike", "note")
    assert warning.severity == "warning"
    assert "lower than the others'" in warning.evidence
    assert unlike_findings(found, {})[0].severity == "note"
    assert unlike_findings((), {}) == []
