import numpy as np

from maskwright.diagnosis.distribution_shift import Statistics, outliers, statistics_of, unlike_findings
from maskwright.imaging.photos import Photo
from tests.support.scenes import picture


def bright(photo: Photo) -> Photo:
    return np.clip(photo.astype(np.int16) // 6 + 205, 0, 255).astype(np.uint8)


def values(photo: Photo) -> Statistics:
    return statistics_of(photo, (photo.shape[0], photo.shape[1]))


def training(count: int = 20) -> list[Statistics]:
    return [values(picture(i)) for i in range(count)]


def test_photos_like_the_training_photos_are_not_unlike_them() -> None:
    assert outliers(training(), [(str(i), values(picture(100 + i))) for i in range(20)]) == ()


def test_overexposed_photos_are_named_with_the_statistic_and_the_range() -> None:
    (outlier,) = outliers(training(), [("a", values(picture(50))), ("b", values(bright(picture(51))))])
    assert outlier.name == "b"
    assert outlier.value > outlier.high or outlier.value < outlier.low


def test_a_colour_cast_is_seen_whatever_the_brightness() -> None:
    red = picture(51).copy()
    red[..., 2] //= 4
    (outlier,) = outliers(training(), [("b", values(red))])
    assert outlier.statistic == "blue against green"


def test_few_training_photos_prove_nothing() -> None:
    assert outliers(training(7), [("b", values(bright(picture(51))))]) == ()


def test_unlike_photos_are_a_note_unless_their_iou_is_measurably_lower() -> None:
    unlike = outliers(training(), [(f"b{i}", values(bright(picture(i)))) for i in range(4)])
    good = {f"a{i}": 0.8 + 0.01 * i for i in range(8)}
    (note,) = unlike_findings(unlike, good | {f"b{i}": 0.82 for i in range(4)})
    (warning,) = unlike_findings(unlike, good | {f"b{i}": 0.3 + 0.05 * i for i in range(4)})
    assert (note.code, note.severity) == ("photos-unlike", "note")
    assert warning.severity == "warning"
    assert "lower than the others'" in warning.evidence


def test_a_single_odd_photo_is_not_reported() -> None:
    unlike = outliers(training(), [("b", values(bright(picture(51))))])
    assert len(unlike) == 1
    assert unlike_findings(unlike, {"a": 0.8, "b": 0.2}) == []
    assert unlike_findings((), {}) == []
