"""Values in masks that went wrong on their way: smoothing, JPEG, colours as grey, red for blue, 255 as an object."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.checks.array_pairs import check_pairs
from maskwright.checks.check import check
from maskwright.checks.masks.values.ids_without_gaps import nested_ids
from maskwright.checks.masks.values.mask_values import colour_findings, ignored_object_findings, voc_colours
from maskwright.classes import IGNORE
from maskwright.datasets.opening import open_dataset
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_artefacts import is_smoothed, joined_traces, steps_between_classes, traces_of
from maskwright.imaging.mask_geometry import Mask
from tests.support.mask_faults import as_colours, divided, palette_as_grey, smoothed, through_jpeg, write_pair
from tests.support.scenes import picture

COLOURS = [(0, 0, 0), (200, 30, 40), (30, 180, 60), (20, 60, 220)]
LIST = "id,name,colour\n" + "".join(f"{i},c{i},#{r:02x}{g:02x}{b:02x}\n" for i, (r, g, b) in enumerate(COLOURS))


def three_classes(seed: int) -> Mask:
    """Return a mask 96x128 of three classes in squares and a disc that overlap by seed."""
    rng = np.random.default_rng(seed)
    mask = np.zeros((96, 128), dtype=np.uint8)
    for class_id in (1, 2, 3):
        y, x = rng.integers(2, 50), rng.integers(2, 70)
        mask[y : y + 34, x : x + 44] = class_id
    rows, columns = np.mgrid[:96, :128]
    mask[(rows - 60) ** 2 + (columns - 30) ** 2 < 400] = 3
    return mask


def first(findings: list[Finding]) -> Finding:
    return findings[0]


def written(root: Path, spoil: object, *, suffix: str = "png") -> Path:
    """Write eight photos with masks gone through `spoil`."""
    assert callable(spoil)
    for seed in range(8):
        write_pair(root, f"p{seed}", picture(seed), spoil(three_classes(seed)), mask_suffix=suffix)
    return root


def test_clean_masks_of_many_classes_have_nothing_to_tell() -> None:
    found = check_pairs([(picture(seed), three_classes(seed)) for seed in range(12)])
    assert {f.severity for f in found} == {"note"}, found


@pytest.mark.parametrize("factor", [0.5, 0.8])
def test_masks_resized_with_smoothing_are_named(factor: float) -> None:
    found = first(check_pairs([(picture(i), smoothed(three_classes(i), factor=factor)) for i in range(12)]))
    assert found.code == "mask-smoothed"
    assert "NEAREST" in found.fix


def test_a_border_class_drawn_on_purpose_is_no_smoothing() -> None:
    """0, a rim of 1, 2 inside: every boundary is a step, but the rim is nowhere else."""
    mask = np.zeros((96, 128), np.uint8)
    mask[20:70, 20:90] = 1
    mask[23:67, 23:87] = 2
    traces = joined_traces([traces_of(mask)] * 4)
    assert sum(traces.steps.values()) > 30
    assert steps_between_classes(traces) == 0
    assert not is_smoothed(traces)


def test_thin_objects_are_no_smoothing() -> None:
    mask = np.zeros((96, 128), np.uint8)
    mask[:, ::9] = 2
    mask[:, 4::9] = 1
    assert not is_smoothed(traces_of(mask))


def test_ids_around_ignored_rims_are_no_smoothing() -> None:
    mask = np.full((96, 128), 1, np.uint8)
    mask[:, 30:33], mask[:, 33:60], mask[:, 60:63] = IGNORE, 3, IGNORE
    assert sum(traces_of(mask).steps.values()) == 0


def test_shades_of_jpeg_between_spread_values_are_ghosts(tmp_path: Path) -> None:
    found = first(check(open_dataset(written(tmp_path, lambda mask: through_jpeg(mask * 80)))))
    assert found.code == "mask-ghosts"
    assert "0, 80, 160, 240" in found.evidence
    assert "[0, 80, 160, 240]" in found.fix


def test_small_ids_in_jpeg_files_are_named(tmp_path: Path) -> None:
    found = first(check(open_dataset(written(tmp_path, lambda mask: (mask > 0).astype(np.uint8), suffix="jpg"))))
    assert found.code == "mask-ghosts"
    assert "JPEG" in found.evidence


def test_the_story_of_the_masks_of_0_004() -> None:
    """A user's loader hands out masks that went through ToTensor with the photos, and the loss sees only background."""
    loader = [(picture(i) / 255, divided((three_classes(i) > 0).astype(np.uint8))) for i in range(12)]
    found = first(check_pairs(loader))
    assert (found.code, found.severity) == ("mask-scaled", "error")
    assert "0 to 0.0039" in found.evidence
    assert "ToTensor" in found.fix
    mended = [(image, np.rint(mask * 255)) for image, mask in loader]
    assert all(f.severity == "note" for f in check_pairs(mended))


def test_float_masks_divided_by_255_on_disk_are_named(tmp_path: Path) -> None:
    found = first(check(open_dataset(written(tmp_path, divided, suffix="tif"))))
    assert (found.code, found.severity, len(found.photos)) == ("mask-scaled", "error", 8)


def test_a_palette_read_as_grey_levels_is_recognised(tmp_path: Path) -> None:
    found = first(check(open_dataset(written(tmp_path, palette_as_grey))))
    assert found.code == "mask-grey-colours"
    assert "38, 75, 113" in found.evidence
    assert "np.array(Image.open(path))" in found.fix
    arrays = first(check_pairs([(picture(i), palette_as_grey(three_classes(i))) for i in range(12)]))
    assert arrays.code == "mask-grey-colours"


def test_a_palette_file_itself_is_right(tmp_path: Path) -> None:
    written(tmp_path, lambda mask: mask)
    for path in (tmp_path / "masks").iterdir():
        image = Image.open(path)
        image.putpalette([channel for colour in [(0, 0, 0), *voc_colours()] for channel in colour])
        image.save(path)
    assert [f.code for f in check(open_dataset(tmp_path)) if f.severity != "note"] == []


def test_one_channel_of_listed_colours_is_recognised(tmp_path: Path) -> None:
    written(tmp_path, lambda mask: np.ascontiguousarray(as_colours(mask, COLOURS)[:, :, 0]))
    (tmp_path / "classes.csv").write_text(LIST)
    found = first(check(open_dataset(tmp_path)))
    assert found.code == "mask-grey-colours"
    assert "red channel" in found.evidence


def test_red_and_blue_exchanged_against_the_list_are_named(tmp_path: Path) -> None:
    written(tmp_path, lambda mask: np.ascontiguousarray(as_colours(mask, COLOURS)[:, :, ::-1]))
    (tmp_path / "classes.csv").write_text(LIST)
    found = first(check(open_dataset(tmp_path)))
    assert (found.code, found.severity) == ("mask-bgr", "error")
    assert "#281ec8" in found.evidence
    assert "[:, :, ::-1]" in found.fix


def test_right_colours_have_nothing_to_tell(tmp_path: Path) -> None:
    written(tmp_path, lambda mask: as_colours(mask, COLOURS))
    (tmp_path / "classes.csv").write_text(LIST)
    assert [f.code for f in check(open_dataset(tmp_path)) if f.severity != "note"] == []


def test_an_evenly_spread_255_is_a_class_unless_a_person_says_that_it_does_not_count(tmp_path: Path) -> None:
    halves = np.array([0, 128, 255, 255], dtype=np.uint8)
    data = open_dataset(written(tmp_path, lambda mask: halves[mask]))
    assert data.classes.names == ("background", "class 128", "class 255")
    guessed = next(finding for finding in check(data) if finding.code == "class-guessed")
    assert "data.ignore=255" in guessed.evidence
    ignored = open_dataset(tmp_path, ignore=255)
    assert ignored.classes.names == ("background", "object")
    assert 255 in np.unique(ignored.mask(ignored.samples[0]))


def test_a_255_among_grey_levels_far_apart_is_an_object_that_would_be_ignored() -> None:
    assert first(ignored_object_findings({0, 50, 85, 170, 255})).code == "ignore-object"


@pytest.mark.parametrize(
    "values", [{0, 1, 255}, {0, 1, 2, 255}, {0, 255}, {0, 38, 128, 255}, {0, 100, 255}, {0, 40, 80, 120, 160, 255}]
)
def test_the_usual_255_is_no_object(values: set[int]) -> None:
    assert ignored_object_findings(values) == []


@pytest.mark.parametrize("values", [{0, 1, 2, 15}, {0, 15}, {0, 10, 20, 30}, {0, 64, 128, 192}])
def test_ordinary_ids_are_no_grey_colours(values: set[int]) -> None:
    assert colour_findings(values, ()) == []


def test_the_colours_of_voc_are_those_of_the_devkit() -> None:
    assert voc_colours()[:4] == [(128, 0, 0), (0, 128, 0), (128, 128, 0), (0, 0, 128)]
    assert voc_colours()[14] == (192, 128, 128)  # person
    assert voc_colours()[19] == (0, 64, 128)  # tv


def test_ids_without_gaps_in_every_mask_raise_a_question() -> None:
    counts = [dict.fromkeys(range(1 + most), 50) for most in (4, 3, 2, 4, 1, 3, 2, 2, 3, 4, 1, 2)]
    assert nested_ids(counts).endswith("ids run from 1 without a gap (1 in 12, 2 in 10, 3 in 6, 4 in 3)")


@pytest.mark.parametrize(
    "held",
    [
        [[1, 2, 3, 4], *[[1, 2], [1]] * 6, [2, 3]],
        [[1, 2, 3]] * 12,
        [[1], [2], [3]] * 4,
        [[1, 2], [1]] * 6,
        [[1, 2, 3], [1, 2], [1]] * 3,
        [[], [255]] * 8,
    ],
    ids=["one gap", "all in each", "one class in each", "two classes", "few masks", "nothing"],
)
def test_other_ids_raise_none(held: list[list[int]]) -> None:
    assert nested_ids([{0: 900} | dict.fromkeys(ids, 50) for ids in held]) == ""
