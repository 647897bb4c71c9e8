import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from maskwright.checks.array_pairs import check_pairs
from maskwright.errors import DataError
from maskwright.findings.finding import Finding
from tests.support.scenes import box, picture

Array = NDArray[Any]


def pairs(count: int = 12) -> list[tuple[Array, Array]]:
    return [(picture(i), box()) for i in range(count)]


def codes(found: list[Finding]) -> set[str]:
    """Return what was found; that noise does not show where masks lie is left aside."""
    return {f.code for f in found} - {"not-checked"}


def one(found: list[Finding], code: str) -> Finding:
    (finding,) = [f for f in found if f.code == code]
    return finding


def with_first(image: Array | None = None, mask: Array | None = None) -> list[tuple[Array, Array]]:
    first = (picture(0) if image is None else image, box() if mask is None else mask)
    return [first, *pairs()[1:]]


FORMS: dict[str, Array] = {
    "HWC uint8": picture(0),
    "HWC float": picture(0) / 255,
    "CHW float32": np.moveaxis(picture(0), 2, 0).astype(np.float32) / 255,
    "HW": picture(0)[:, :, 0],
    "1HW": picture(0)[None, :, :, 1],
    "HW4": np.dstack([picture(0), picture(0)[:, :, 0]]),
    "normalised": (picture(0) / 255 - 0.45) / 0.225,
    "bool": picture(0)[:, :, 0] > 127,
    "int64": picture(0).astype(np.int64),
}


@pytest.mark.parametrize("form", FORMS)
def test_usual_forms_of_images_pass(form: str) -> None:
    assert codes(check_pairs(with_first(image=FORMS[form]))) == {"class-shares"}


MASKS: dict[str, Array] = {
    "bool": box() > 0,
    "float": box().astype(np.float32),
    "int64": box().astype(np.int64),
    "HW1": box()[:, :, None],
    "1HW": box()[None],
    "one-hot CHW": np.stack([box() == 0, box() == 1]).astype(np.float32),
    "one-hot HWC": np.stack([box() == 0, box() == 1], axis=2),
}


@pytest.mark.parametrize("form", MASKS)
def test_usual_forms_of_masks_give_the_same_shares(form: str) -> None:
    found = check_pairs([(picture(i), MASKS[form]) for i in range(12)])
    assert codes(found) == {"class-shares"}
    assert "id 1 3.26% in 12 of 12" in one(found, "class-shares").evidence


def test_layers_without_one_for_the_background_are_read() -> None:
    layers = np.stack([box() == 1, np.zeros((96, 128), bool)])
    layers[1, 90:, :] = True
    found = one(check_pairs(with_first(mask=layers)), "class-shares")
    assert "id 2 0.52% in 1 of 12" in found.evidence


def test_a_mask_divided_by_255_is_named() -> None:
    found = one(check_pairs([(p, m.astype(np.float32) / 255) for p, m in pairs()]), "mask-scaled")
    assert found.severity == "error"
    assert len(found.photos) == 12
    assert "0.0039" in found.evidence


def test_soft_masks_warn_and_are_cut_at_a_half() -> None:
    soft = box().astype(np.float32)
    soft[10, 10:30] = 0.3
    found = check_pairs(with_first(mask=soft))
    assert one(found, "mask-soft").severity == "warning"
    assert one(found, "mask-soft").photos == ("pair 0",)


@pytest.mark.parametrize(
    ("mask", "text"),
    [
        (np.full((96, 128), np.nan), "NaN"),
        (np.full((96, 128), 2.5), "fractions"),
        (box().astype(np.int32) * 300, "300"),
        (np.dstack([box() * 200] * 3), "not one-hot"),
    ],
)
def test_values_that_are_no_ids_are_errors(mask: Array, text: str) -> None:
    found = one(check_pairs(with_first(mask=mask)), "mask-values")
    assert found.severity == "error"
    assert found.photos == ("pair 0",)
    assert text in found.evidence


def test_negative_ids_are_read_as_ignored() -> None:
    mask = box().astype(np.int64)
    mask[0] = -1
    found = check_pairs(with_first(mask=mask))
    assert one(found, "mask-values").severity == "note"
    assert codes(found) == {"mask-values", "class-shares"}


def test_masks_of_0_and_255_are_named_and_read_as_binary() -> None:
    found = check_pairs([(p, m * 255) for p, m in pairs()])
    assert codes(found) == {"mask-255", "class-shares"}
    assert found[0].code == "mask-255"
    assert found[0].severity == "warning"
    assert "(mask > 0)" in found[0].fix
    assert "id 1 3.26%" in one(found, "class-shares").evidence


def test_255_beside_other_ids_is_ignored() -> None:
    mask = box()
    mask[50:] = 255
    found = check_pairs(with_first(mask=mask))
    assert codes(found) == {"class-shares"}


def test_another_shape_is_an_error_and_turned_masks_are_recognised() -> None:
    found = one(check_pairs(with_first(mask=box().T)), "mask-size")
    assert found.severity == "error"
    assert "exchanged" in found.evidence
    assert "exchanged" not in one(check_pairs(with_first(mask=np.zeros((5, 6, 7)))), "mask-size").evidence


@pytest.mark.parametrize(
    ("image", "code", "severity", "text"),
    [
        (np.zeros((4, 3, 96, 128)), "photo-depth", "error", "a batch of 4"),
        (np.zeros((96, 128, 7)), "photo-depth", "error", "(96, 128, 7)"),
        (np.full((96, 128, 3), np.inf), "photo-range", "error", "NaN or infinity"),
        (picture(0).astype(np.float32), "photo-range", "warning", "divide by 255"),
        (picture(0) / 255 / 255, "photo-range", "warning", "divided by 255 twice"),
        (((picture(0) / 255 - 0.45) / 0.225 - 0.45) / 0.225, "photo-range", "warning", "normalised twice"),
        ((picture(0) / 127.5 - 1) * 2 - 1, "photo-range", "warning", "normalised twice"),
        (picture(0).astype(np.uint16) * 200, "photo-range", "warning", "0..255"),
        (np.full((96, 128, 3), 0.5), "photo-flat", "warning", "pair 0"),
        (np.zeros((96, 0, 3)), "photo-depth", "error", "(96, 0, 3)"),
    ],
)
def test_odd_images_are_named(image: Array, code: str, severity: str, text: str) -> None:
    found = one(check_pairs(with_first(image=image)), code)
    assert found.severity == severity
    assert found.photos == ("pair 0",)
    assert text in found.evidence


def test_an_odd_range_does_not_hide_a_picture() -> None:
    assert "photo-flat" not in codes(check_pairs(with_first(image=picture(0) / 255 / 255)))


def test_empty_ignored_and_uniform_masks_are_told() -> None:
    masks = [np.zeros_like(box()), np.full_like(box(), 255), np.ones_like(box()), box(2)]
    found = check_pairs([*zip(map(picture, range(4)), masks, strict=True), *pairs(20)[4:]])
    assert one(found, "mask-empty").photos == ("pair 0",)
    assert one(found, "mask-all-ignore").photos == ("pair 1",)
    assert one(found, "mask-uniform").photos == ("pair 2",)


def test_copies_are_found_and_copies_with_other_masks_disagree() -> None:
    given = [*pairs(), (picture(3), box(side_px=40)), ((picture(5) * 0.9).astype(np.uint8), box())]
    found = check_pairs(given)
    assert one(found, "duplicate-exact").photos == ("pair 3", "pair 12")
    assert one(found, "duplicate-disagree").photos == ("pair 3", "pair 12")
    assert one(found, "duplicate-near").photos == ("pair 5", "pair 13")


def test_a_generator_is_gone_through_once_and_not_kept() -> None:
    drawn = []

    def endless() -> Iterator[tuple[Array, Array]]:
        for index in range(40):
            drawn.append(index)
            yield picture(index, (400, 400)), box(size_hw=(400, 400), side_px=80)

    tracemalloc.start()
    found = check_pairs(endless())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert drawn == list(range(40))
    assert codes(found) == {"class-shares"}
    assert peak < 10_000_000  # the pairs together are 26 MB


def test_few_pairs_are_told() -> None:
    assert "photos-few" in codes(check_pairs(pairs(3)))


def test_what_is_no_pair_is_one_clear_error() -> None:
    class Tensor:
        def __array__(self, *_: object, **__: object) -> Array:
            raise RuntimeError("requires grad")

    with pytest.raises(DataError, match="no pairs"):
        check_pairs(iter([]))
    with pytest.raises(DataError, match="pair 0 is a dict"):
        check_pairs([{"image": 1}])  # type: ignore[list-item]
    with pytest.raises(DataError, match="the mask of pair 0 is a str"):
        check_pairs([(picture(0), "mask.png")])
    with pytest.raises(DataError, match="requires grad"):
        check_pairs([(Tensor(), box())])
