"""Faults of single photos, of places, of amounts and of truths are named; a poor score is never left without a word."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest

from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.shapes.thickness import thickness_hypotheses
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_geometry import Mask, resize_mask
from tests.support.drawn_pairs import jittered, one_object, three_objects

TRUTHS, MANY = one_object(), three_objects()
SOUND, SOUND_MANY = jittered(TRUTHS), jittered(MANY)


def findings_of(truths: Sequence[Mask], predictions: Sequence[Mask]) -> list[Finding]:
    return diagnose(read_pairs(list(zip(truths, predictions, strict=True))))


def first_code(truths: Sequence[Mask], predictions: Sequence[Mask]) -> str:
    return findings_of(truths, predictions)[0].code


def test_half_of_the_predictions_mirrored_are_named_with_their_photos() -> None:
    finding = findings_of(MANY, [m[:, ::-1] if i % 2 else m for i, m in enumerate(SOUND_MANY)])[0]
    assert finding.code == "pred-augmented"
    assert len(finding.photos) == len(MANY) // 2


def turned_by(mask: Mask, degrees: float) -> Mask:
    high, wide = mask.shape
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), degrees, 1.0)
    return np.asarray(cv2.warpAffine(mask, matrix, (wide, high), flags=cv2.INTER_NEAREST))


def cut_out(mask: Mask, place: int) -> Mask:
    high, wide = mask.shape
    top, left = (place * 7) % (high // 4), (place * 13) % (wide // 4)
    part = mask[top : top + high * 3 // 4, left : left + wide * 3 // 4]
    return np.asarray(cv2.resize(part, (wide, high), interpolation=0), dtype=np.uint8)


def test_a_rotation_of_its_own_for_each_photo_is_named_with_an_example() -> None:
    angles = (14, -21, 9, -12, 25, -17, 19, -10)
    finding = findings_of(MANY, [turned_by(m, a) for m, a in zip(SOUND_MANY, angles, strict=True)])[0]
    assert finding.code == "pred-augmented"
    assert "degrees" in finding.evidence


def test_rotations_by_like_angles_to_both_sides_are_named_on_half_of_the_photos() -> None:
    angles = (14, 0, -15, 0, 13, 0, -14, 0)
    finding = findings_of(MANY, [turned_by(m, a) for m, a in zip(SOUND_MANY, angles, strict=True)])[0]
    assert (finding.code, len(finding.photos)) == ("pred-augmented", 4)


def test_a_crop_of_its_own_for_each_photo_is_named() -> None:
    assert first_code(MANY, [cut_out(m, i) for i, m in enumerate(SOUND_MANY)]) == "pred-augmented"


def test_a_frame_that_is_never_predicted_is_named_as_one() -> None:
    lines = [crossing_lines(seed) for seed in range(8)]
    framed = [np.pad(m[20:-20, 25:-25], ((20, 20), (25, 25))) for m in lines]
    finding = findings_of(lines, framed)[0]
    assert finding.code == "pred-unfinished"
    assert "a frame" in finding.evidence


def test_seams_are_named_where_photos_have_different_sizes() -> None:
    rng = np.random.default_rng(0)
    truths = [resize_mask(m, (150 + 6 * i, 200 + 8 * i)) for i, m in enumerate(MANY)]

    def seamed(mask: Mask) -> Mask:
        y, x = (np.arange(side) % 40 for side in mask.shape)
        near = ((y < 2) | (y > 37))[:, None] | ((x < 2) | (x > 37))[None]
        return np.where(near & (rng.random(mask.shape) < 0.5), 1, mask).astype(np.uint8)

    assert first_code(truths, [seamed(m) for m in truths]) == "pred-seams"


@pytest.mark.parametrize(("more_at_seams", "is_named"), [(0.18, True), (0.0, False)])
def test_faint_seams_of_many_tiles_are_named(more_at_seams: float, is_named: bool) -> None:
    rng = np.random.default_rng(1)
    truths = [resize_mask(crossing_lines(seed), (300, 400)) for seed in range(12)]
    y, x = (np.abs((np.arange(side) + 16) % 32 - 16) < 5 for side in truths[0].shape)
    missed = 0.2 + more_at_seams * (y[:, None] | x[None])
    predictions = [np.where(rng.random(m.shape) < missed, 0, m).astype(np.uint8) for m in truths]
    assert ("pred-seams" in {f.code for f in findings_of(truths, predictions)}) == is_named


def test_two_predictions_of_each_others_photo_are_named() -> None:
    finding = findings_of(TRUTHS, [SOUND[1], SOUND[0], *SOUND[2:]])[0]
    assert finding.code == "pred-shuffled"
    assert len(finding.photos) == 2


@pytest.mark.parametrize(
    ("code", "spoil"),
    [
        ("pred-symmetric", lambda m: np.maximum(m, m[:, ::-1])),
        ("pred-raster", lambda m: m.ravel(order="F").reshape(m.shape)),
    ],
)
def test_a_fault_of_all_predictions_is_named_first(code: str, spoil: Callable[[Mask], Mask]) -> None:
    assert first_code(TRUTHS, [np.ascontiguousarray(spoil(m)) for m in SOUND]) == code


def crossing_lines(seed: int) -> Mask:
    mask = np.zeros((150, 200), np.uint8)
    for x0, y0, x1, y1 in np.random.default_rng(seed).integers((0, 0, 100, 0), (100, 150, 200, 150), (5, 4)).tolist():
        cv2.line(mask, (x0, y0), (x1, y1), (1,), 3)
    return mask


def test_specks_around_objects_of_the_right_size_do_not_make_them_too_thick() -> None:
    rng = np.random.default_rng(2)
    rough = []
    for mask in one_object():
        noise = cv2.GaussianBlur(rng.normal(size=mask.shape).astype(np.float32), (0, 0), 1.5)
        rough.append((mask + 0.42 * noise / noise.std() > 0.5).astype(np.uint8))
    evidence = read_pairs(list(zip(one_object(), rough, strict=True)))
    assert [h.finding.code for h in thickness_hypotheses(evidence)] == []


def test_lines_that_are_drawn_too_thick_are_named() -> None:
    lines = [crossing_lines(seed) for seed in range(6)]
    assert first_code(lines, [np.asarray(cv2.dilate(m, np.ones((5, 5), np.uint8))) for m in lines]) == "pred-thick"


def test_lines_of_which_erosion_left_little_are_named_as_too_thin() -> None:
    lines = [crossing_lines(seed) for seed in range(8)]
    little = [np.asarray(cv2.erode(m, np.ones((3, 3), np.uint8)), np.uint8) for m in lines]
    assert first_code(lines, little) == "pred-thick"


def test_thickness_is_named_where_more_than_thickness_is_wrong() -> None:
    truths = [crossing_lines(seed) for seed in range(6)]
    rng = np.random.default_rng(4)
    thick = [np.asarray(cv2.dilate(m, np.ones((5, 5), np.uint8))) for m in truths]
    weak = [np.where(resize_mask((rng.random((10, 13)) < 0.35).astype(np.uint8), m.shape), 0, m) for m in thick]
    assert first_code(truths, [m.astype(np.uint8) for m in weak]) == "pred-thick"


def test_a_mirroring_of_all_photos_is_named_where_little_is_found() -> None:
    kept = [np.where((m == 1) & (np.arange(m.shape[1]) % 20 < 11), m, 0).astype(np.uint8) for m in MANY]
    assert first_code(MANY, [np.ascontiguousarray(m[::-1]) for m in kept]) == "pred-flipped"
    assert "pred-flipped" not in {f.code for f in findings_of(MANY, kept)}


def test_a_mirroring_of_a_weak_models_predictions_is_named_on_many_photos_only() -> None:
    truths = three_objects(10)
    kept = [np.where(np.arange(m.shape[1]) % 19 < 2, m, 0).astype(np.uint8) for m in truths]
    mirrored = [np.ascontiguousarray(m[::-1]) for m in kept]
    assert first_code(truths, mirrored) == "pred-flipped"
    assert "pred-flipped" not in {f.code for f in findings_of(truths[:6], mirrored[:6])}
    assert "pred-flipped" not in {f.code for f in findings_of(truths, kept)}


def test_the_same_patch_on_photos_without_an_object_is_no_missing_annotation() -> None:
    truths, marked = one_object(12), jittered(one_object(12))
    for place in range(0, 12, 3):
        truths[place][:], marked[place][:] = 0, 0
        cv2.circle(marked[place], (170, 120), 22, (1,), -1)
    assert first_code(truths, marked) == "empty-positives"


def test_some_inverted_truths_are_named() -> None:
    truths = [1 - t if i % 2 else t for i, t in enumerate(TRUTHS)]
    assert first_code([t.astype(np.uint8) for t in truths], SOUND) == "truth-inverted"


def test_a_class_that_is_never_predicted_is_named() -> None:
    named = {f.code for f in findings_of(MANY, [np.where(m == 2, 0, m).astype(np.uint8) for m in SOUND_MANY])}
    assert "class-missing" in named


def test_a_poor_score_without_a_fault_says_what_would_tell_next() -> None:
    rng = np.random.default_rng(0)
    holes = [np.where(cv2.resize(rng.random((6, 8)), m.shape[::-1]) < 0.62, 0, m).astype(np.uint8) for m in SOUND]
    findings = findings_of(TRUTHS, holes)
    assert all(f.severity == "note" for f in findings)
    (finding,) = [f for f in findings if f.code == "score-unexplained"]
    assert "--train-truth" in finding.fix


def test_padding_that_was_stretched_to_the_photo_is_named() -> None:
    def padded(mask: Mask) -> Mask:
        side = max(mask.shape)
        square = np.zeros((side, side), np.uint8)
        top, left = ((side - own) // 2 for own in mask.shape)
        square[top : top + mask.shape[0], left : left + mask.shape[1]] = mask
        return np.asarray(cv2.resize(square, mask.shape[::-1], interpolation=cv2.INTER_NEAREST))

    finding = findings_of(MANY, [padded(m) for m in SOUND_MANY])[0]
    assert finding.code == "pred-scaled"
    assert "padding to a square was not cut off" in finding.evidence


def test_a_shift_of_one_pixel_is_named_where_lines_are_thin() -> None:
    lines = [crossing_lines(seed) for seed in range(6)]
    finding = findings_of(lines, [np.roll(m, 1, axis=1) for m in lines])[0]
    assert (finding.code, finding.fix.count("1") > 0) == ("pred-shifted", True)


def test_truths_that_were_never_annotated_are_named_with_their_photos() -> None:
    truths = [np.zeros_like(t) if i % 2 else t for i, t in enumerate(TRUTHS)]
    finding = findings_of(truths, SOUND)[0]
    assert (finding.code, len(finding.photos)) == ("truth-empty", len(TRUTHS) // 2)


def test_a_checkerboard_on_thin_lines_is_named() -> None:
    lines = [crossing_lines(seed) for seed in range(6)]
    y, x = np.mgrid[:150, :200]
    meshed = [np.where((y + x) % 2 == 0, cv2.dilate(m, np.ones((7, 7), np.uint8)), 0).astype(np.uint8) for m in lines]
    assert "pred-checkerboard" in {f.code for f in findings_of(lines, meshed)}
