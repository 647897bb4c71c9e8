from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from maskwright.checks.check import check, file_findings
from maskwright.checks.classes import name_findings
from maskwright.checks.duplicates import duplicate_findings
from maskwright.checks.scan import PhotoScan
from maskwright.classes import class_table
from maskwright.datasets.compared_photos import NearPair
from maskwright.datasets.copies.duplicates import join_copies
from maskwright.datasets.dataset import Dataset, Sample, usable
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import Facts, PhotoHeader, Remark, RemarkKind
from maskwright.datasets.truth.shapes import Polygon, Shapes
from maskwright.errors import DataError
from maskwright.findings.finding import Finding
from maskwright.imaging.photos import photo_orientation
from tests.support.real_data import shared_data
from tests.support.scenes import box, drawn_dataset, numbered, picture


def by_code(findings: list[Finding]) -> dict[str, Finding]:
    """Return the findings by code; that noise does not show where masks lie is left aside."""
    told = [finding for finding in findings if finding.code != "not-checked"]
    found = {finding.code: finding for finding in told}
    assert len(found) == len(told), [f.code for f in findings]
    return found


def test_a_sound_dataset_has_only_its_shares_to_tell(tmp_path: Path) -> None:
    found = by_code(check(drawn_dataset(tmp_path, numbered(12))))
    assert set(found) == {"class-shares"}
    assert "grid 3.26% in 12 of 12 masks" in found["class-shares"].evidence
    assert "background 96.74%" in found["class-shares"].evidence


def test_what_the_reader_remarked_is_judged_and_errors_come_first(tmp_path: Path) -> None:
    facts = Facts(
        remarks=(Remark("mask-without-photo", ("m.png",)), Remark("shape-filled", ("p001.png",), "shape 1")),
    )
    dataset = replace(drawn_dataset(tmp_path, numbered(11)), facts=facts)
    (tmp_path / "p003.png").write_text("no image")
    findings = check(dataset)
    severities = [f.severity for f in findings]
    assert severities[:2] == ["error", "warning"]
    assert set(severities[2:]) == {"note"}
    assert by_code(findings)["mask-missing"].evidence == "1: m.png"
    assert by_code(findings)["shape-filled"].photos == ("p001.png",)


@pytest.mark.parametrize("kind", get_args(RemarkKind))
def test_every_kind_of_remark_leads_to_a_finding(tmp_path: Path, kind: RemarkKind) -> None:
    dataset = replace(drawn_dataset(tmp_path, numbered(1)), facts=Facts(remarks=(Remark(kind, ("p000.png",), "said"),)))
    (finding,) = file_findings(dataset)
    assert "p000.png" in finding.evidence or "said" in finding.evidence


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_a_truncated_photo_is_an_error_that_leaves_it_out(tmp_path: Path, suffix: str) -> None:
    dataset = drawn_dataset(tmp_path, numbered(11, suffix))
    photo = tmp_path / f"p002.{suffix}"
    photo.write_bytes(photo.read_bytes()[: photo.stat().st_size // 2])
    findings = check(dataset)
    found = by_code(findings)["photo-unreadable"]
    assert found.severity == "error"
    assert found.photos == (f"p002.{suffix}",)
    assert len(usable(dataset, findings)) == 10


def test_a_photo_known_to_be_missing_is_not_reported_twice(tmp_path: Path) -> None:
    dataset = drawn_dataset(tmp_path, numbered(11))
    (tmp_path / "p000.png").unlink()
    samples = (replace(dataset.samples[0], size_hw=None), *dataset.samples[1:])
    facts = Facts(headers={"p000.png": PhotoHeader(None, "missing")})
    found = by_code(check(replace(dataset, samples=samples, facts=facts)))
    assert set(found) == {"photo-missing", "class-shares"}


def test_tiny_photos_warn_and_a_photo_of_one_pixel_is_an_error(tmp_path: Path) -> None:
    photos = numbered(10) | {"small.png": picture(50, (24, 64)), "one.png": np.zeros((1, 1, 3), np.uint8)}
    masks = {"one.png": np.ones((1, 1), np.uint8), "small.png": box(size_hw=(24, 64), side_px=10)}
    tiny = {f.severity: f for f in check(drawn_dataset(tmp_path, photos, masks)) if f.code == "photo-tiny"}
    assert tiny["error"].photos == ("one.png",)
    assert tiny["warning"].photos == ("small.png",)
    assert "64x24" in tiny["warning"].evidence


def test_flat_bare_and_few_photos_are_told(tmp_path: Path) -> None:
    photos = numbered(3) | {"flat.png": np.full((96, 128, 3), 77, np.uint8)}
    found = by_code(check(drawn_dataset(tmp_path, photos, {"p001.png": None})))
    assert found["photo-flat"].photos == ("flat.png",)
    assert found["photo-unannotated"].photos == ("p001.png",)
    assert "3 annotated photos" in found["photos-few"].evidence


def test_masks_all_ignored_or_one_object_or_unknown_ids_are_told(tmp_path: Path) -> None:
    masks = {
        "p000.png": np.full((96, 128), 255, np.uint8),
        "p001.png": np.ones((96, 128), np.uint8),
        "p002.png": box(7),
    }
    found = by_code(check(drawn_dataset(tmp_path, numbered(12), masks)))
    assert found["mask-all-ignore"].photos == ("p000.png",)
    assert found["mask-all-ignore"].severity == "error"
    assert found["mask-uniform"].photos == ("p001.png",)
    assert found["mask-values"].photos == ("p002.png",)
    assert "p002.png holds 7" in found["mask-values"].evidence


@pytest.mark.parametrize(("empty", "severity"), [(1, "warning"), (5, "note"), (17, "note"), (20, "error")])
def test_empty_masks_weigh_by_their_number(tmp_path: Path, empty: int, severity: str) -> None:
    masks = {f"p{i:03}.png": np.zeros((96, 128), np.uint8) for i in range(empty)}
    dataset = drawn_dataset(tmp_path, numbered(20), masks)
    findings = check(dataset)
    found = by_code(findings)["mask-empty"]
    assert (found.severity, len(found.photos)) == (severity, empty)
    if severity == "error":
        with pytest.raises(DataError, match="No mask shows an object"):
            usable(dataset, findings)


def test_without_background_no_mask_is_empty(tmp_path: Path) -> None:
    dataset = drawn_dataset(tmp_path, numbered(10))
    table = class_table(("road", "car"), background=None)
    assert set(by_code(check(replace(dataset, classes=table)))) == {"class-shares"}


def test_a_truncated_mask_is_an_error(tmp_path: Path) -> None:
    dataset = drawn_dataset(tmp_path, numbered(10))
    path = tmp_path / "masks" / "p004.png.png"
    path.write_bytes(path.read_bytes()[:60])
    assert by_code(check(dataset))["mask-unreadable"].photos == ("p004.png",)


def test_rare_and_absent_classes_are_told(tmp_path: Path) -> None:
    masks = {"p000.png": np.maximum(box(1), np.pad(np.full((3, 3), 2, np.uint8), ((50, 43), (50, 75))))}
    found = by_code(check(drawn_dataset(tmp_path, numbered(10), masks, classes=("background", "grid", "dot", "moon"))))
    assert found["class-rare"].severity == "note"
    assert found["class-rare"].evidence.startswith("dot 0.007%; painting none of it is right in 99.99%")
    assert "13,652 times likelier" in found["class-rare"].evidence
    assert found["class-absent"].evidence == "moon"


def test_a_class_in_one_part_only_is_told(tmp_path: Path) -> None:
    parts = {f"p{i:03}.png": "val" if i < 3 else "train" for i in range(10)}
    dataset = drawn_dataset(tmp_path, numbered(10), {"p001.png": box(2)}, classes=("background", "a", "b"), parts=parts)  # type: ignore[arg-type]
    assert by_code(check(dataset))["class-one-part"].evidence == "b is in val only"


def test_copies_across_parts_leak_and_copies_with_other_masks_disagree(tmp_path: Path) -> None:
    photos = numbered(10)
    photos |= {"copy.png": photos["p000.png"], "near.png": (photos["p001.png"] * 0.8).astype(np.uint8)}
    parts = {name: "test" if name in ("copy.png", "near.png") else "train" for name in photos}
    masks = {"copy.png": box(side_px=30)}
    found = by_code(check(drawn_dataset(tmp_path, photos, masks, parts=parts)))  # type: ignore[arg-type]
    assert found["duplicate-exact"].photos == ("copy.png", "p000.png")
    assert found["duplicate-near"].photos == ("near.png", "p001.png")
    assert found["duplicate-disagree"].photos == ("copy.png", "p000.png")
    assert set(found["split-leak"].photos) == {"copy.png", "p000.png", "near.png", "p001.png"}
    assert "copy.png (test) ~ p000.png (train)" in found["split-leak"].evidence


def test_turned_and_mirrored_copies_across_parts_leak(tmp_path: Path) -> None:
    photos = numbered(10)
    photos |= {f"p{i:03}_turned.png": np.rot90(photos[f"p{i:03}.png"]).copy() for i in range(3)}
    photos |= {f"p{i:03}_mirrored.png": (photos[f"p{i:03}.png"][:, ::-1] * 0.75 + 10).astype(np.uint8) for i in (5, 6)}
    parts = {name: "val" if "_" in name else "train" for name in photos}
    masks = {f"p{i:03}_turned.png": np.rot90(box()).copy() for i in range(3)}
    found = by_code(check(drawn_dataset(tmp_path, photos, masks, parts=parts)))["split-leak"]  # type: ignore[arg-type]
    assert found.severity == "warning"
    assert found.evidence.startswith("5 pairs, 5 of them with one turned or mirrored: ")
    assert "Changed copies" in found.title
    assert {name for name in found.photos if "_" in name} == {name for name in photos if "_" in name}


def test_photos_whose_values_wrapped_around_are_named_and_bright_ones_are_not(tmp_path: Path) -> None:
    photos = {
        name: np.asarray(cv2.GaussianBlur(photo, (0, 0), 2), dtype=np.uint8) for name, photo in numbered(12).items()
    }
    assert "photo-wrapped" not in by_code(check(drawn_dataset(tmp_path / "sound", photos)))
    wrapped = {f"p{i:03}.png": (photos[f"p{i:03}.png"].astype(np.uint16) * 4).astype(np.uint8) for i in range(0, 12, 3)}
    found = by_code(check(drawn_dataset(tmp_path / "wrapped", photos | wrapped)))["photo-wrapped"]
    assert set(found.photos) == set(wrapped)
    assert found.evidence.startswith("4 of 12: ")


def test_copies_within_a_part_do_not_leak(tmp_path: Path) -> None:
    photos = numbered(10) | {"copy.png": picture(0)}
    parts = dict.fromkeys(photos, "train") | {"p009.png": "val"}
    codes = set(by_code(check(drawn_dataset(tmp_path, photos, parts=parts))))  # type: ignore[arg-type]
    assert codes == {"class-shares", "duplicate-exact"}


def test_objects_vanish_at_a_small_working_scale_only(tmp_path: Path) -> None:
    dataset = drawn_dataset(tmp_path, numbered(10), {"p000.png": box(side_px=8)})
    assert "object-vanishes" not in by_code(check(dataset))
    assert "object-vanishes" not in by_code(check(dataset, working_long_side_px=128))
    assert by_code(check(dataset, working_long_side_px=64)).get("object-vanishes") is None
    found = by_code(check(dataset, working_long_side_px=60))["object-vanishes"]
    assert (found.severity, found.photos) == ("note", ("p000.png",))
    assert by_code(check(dataset, working_long_side_px=20))["object-vanishes"].severity == "warning"
    assert "larger scale" in by_code(check(dataset, working_long_side_px=20))["object-vanishes"].fix
    assert "10 of 10 of grid" in by_code(check(dataset, working_long_side_px=20))["object-vanishes"].evidence


def test_drawn_shapes_are_checked_as_masks_are(tmp_path: Path) -> None:
    dataset = drawn_dataset(tmp_path, numbered(10))
    square = Polygon(1, ((0, 0), (64, 0), (64, 96), (0, 96)))
    samples = tuple(replace(s, truth=Shapes((square,))) for s in dataset.samples)
    assert "grid 50.00%" in by_code(check(replace(dataset, samples=samples)))["class-shares"].evidence


@pytest.mark.parametrize(
    ("first", "second"), [("bumper", "Bumper"), ("bumper", "bumpr"), ("front door", "front_door"), ("hoood", "hood"),
                          ("wheel", "wheels"), ("bumper", "bumepr")]
)  # fmt: skip
def test_misspelt_classes_are_found(first: str, second: str) -> None:
    (found,) = name_findings(class_table(("background", first, second)))
    assert found.code == "class-misspelt"
    assert first in found.evidence
    assert second in found.evidence


@pytest.mark.parametrize(
    ("first", "second"), [("class 1", "class 2"), ("car", "van"), ("door a", "door b"), ("x1", "x12"),
                          ("part12", "part13"), ("front door", "rear door"), ("abcd", "abxy")]
)  # fmt: skip
def test_different_names_are_not_misspelt(first: str, second: str) -> None:
    assert name_findings(class_table(("background", first, second))) == []


def test_car_parts_has_a_copy_with_two_masks() -> None:
    found = by_code(check(open_dataset(shared_data("car_parts"))))
    names = {name.split("/")[-1] for name in found["duplicate-disagree"].photos}
    assert names == {"train_25.jpg", "train_48.jpg"}
    assert not [f for f in found.values() if f.severity == "error"]


def test_a_large_jpeg_is_looked_at_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    Image.fromarray(picture(1, (3000, 4000))).save(path)
    square = Polygon(1, ((100, 100), (2100, 100), (2100, 1100), (100, 1100)))
    sample = Sample("large.jpg", path, Shapes((square,)), (3000, 4000))
    dataset = Dataset(tmp_path, "via", (sample,), class_table(("background", "grid")))
    assert "grid 16.67%" in by_code(check(dataset, working_long_side_px=640))["class-shares"].evidence


def test_near_copies_left_apart_ask_for_groups() -> None:
    near = tuple(NearPair(a, b, 0.9) for a, b in pairwise(f"{i:03}" for i in range(40)))
    copies = join_copies([f"{i:03}" for i in range(40)], [], near)
    scans = [PhotoScan(f"{i:03}", (96, 128), annotated=True) for i in range(40)]
    (found,) = duplicate_findings(copies, scans)
    assert "a group may have 12 photos at most" in found.evidence
    assert "photo,group" in found.fix


def test_photos_of_four_deep_bands_that_pillow_cannot_open_are_checked(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for number in range(3):
        bands = rng.integers(200, 2000, (48, 64, 4), dtype=np.uint16)
        for folder, pixels in (("images", bands), ("masks", (bands[:, :, 0] > 900).astype(np.uint8))):
            (tmp_path / folder).mkdir(exist_ok=True)
            tifffile.imwrite(tmp_path / folder / f"{number}.tif", pixels, photometric="minisblack")
    data = open_dataset(tmp_path)
    assert all(photo_orientation(sample.photo) is None for sample in data.samples)
    assert "bands-unused" in by_code(check(data))
