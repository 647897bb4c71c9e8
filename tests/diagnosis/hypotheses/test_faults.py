"""Faults injected into sound predictions are named first, and sound predictions are left alone."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.scores.generalisation import generalisation_hypotheses
from maskwright.diagnosis.hypotheses.shapes.coarse_boundaries import as_drawn_at
from maskwright.diagnosis.undo.undone_evidence import iou_of
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_geometry import Mask
from tests.support.drawn_pairs import chances, channels, jittered, moved, one_object, sigmoid, three_objects

TRUTHS, MANY = one_object(), three_objects()
SOUND, SOUND_MANY = jittered(TRUTHS), jittered(MANY)


def findings_of(truths: Sequence[object], predictions: Sequence[object]) -> list[Finding]:
    found = diagnose(read_pairs(list(zip(truths, predictions, strict=True))))
    return [finding for finding in found if finding.code not in ("not-checked", "metric-choice")]


def line_mask(start_xy: tuple[int, int], end_xy: tuple[int, int], *, px: int) -> Mask:
    mask = np.zeros_like(TRUTHS[0])
    cv2.line(mask, start_xy, end_xy, (1,), px)
    return mask


def codes_of(truths: Sequence[object], predictions: Sequence[object]) -> list[str]:
    return [finding.code for finding in findings_of(truths, predictions)]


@pytest.mark.parametrize(
    "predictions",
    [SOUND, chances(SOUND), [np.rint(p * 255).astype(np.uint8) for p in chances(SOUND)], jittered(TRUTHS, px=3)],
    ids=["ids", "floats", "8-bit maps", "rough"],
)
def test_sound_binary_predictions_are_left_alone(predictions: list[Mask]) -> None:
    assert [f for f in findings_of(TRUTHS, predictions) if f.severity != "note"] == []


@pytest.mark.parametrize("axis", [0, 2])
def test_sound_predictions_of_many_channels_are_left_alone(axis: int) -> None:
    maps = [np.moveaxis(p, 0, axis) for p in channels(SOUND_MANY, 4)]
    assert codes_of(MANY, maps) == []
    assert codes_of(MANY, [np.log(p) * 2 for p in maps]) == []


@pytest.mark.parametrize(
    ("code", "spoil"),
    [
        ("pred-flipped", lambda m: m[:, ::-1]),
        ("pred-flipped", lambda m: m[::-1]),
        ("pred-turned", lambda m: np.rot90(m, 2)),
        ("pred-turned", lambda m: m.T),
        ("pred-turned", lambda m: np.rot90(m)),
        ("pred-shifted", lambda m: moved(m, 12, -7)),
        ("pred-scaled", lambda m: m[20:-20, 25:-25]),
        ("pred-inverted", lambda m: 1 - m),
        ("classes-offset", lambda m: m + 1),
        ("pred-divided", lambda m: m / 255),
        ("score-collapse", np.zeros_like),
    ],
)
def test_a_spoilt_mask_is_named_first(code: str, spoil: Callable[[Mask], Mask]) -> None:
    found = findings_of(TRUTHS, [spoil(m).copy() for m in SOUND])
    assert found[0].code == code
    assert found[0].severity == "error"
    assert found[0].mechanism
    assert found[0].read_more


@pytest.mark.parametrize(
    ("code", "spoil"),
    [
        ("classes-swapped", lambda m: np.array([0, 2, 1, 3], np.uint8)[m]),
        ("classes-offset", lambda m: m + 1),
        ("pred-flipped", lambda m: m[:, ::-1]),
        ("pred-ghosts", lambda m: cv2.resize(cv2.resize(m, (100, 75)), (200, 150), interpolation=cv2.INTER_LINEAR)),
    ],
)
def test_a_spoilt_mask_of_several_classes_is_named_first(code: str, spoil: Callable[[Mask], Mask]) -> None:
    assert codes_of(MANY, [spoil(m).copy() for m in SOUND_MANY])[0] == code


def test_a_shift_is_measured_to_the_pixel_and_its_undoing_counted() -> None:
    found = findings_of(TRUTHS, [moved(t, 9, 5) for t in TRUTHS])[0]
    assert "9 px right of and 5 px below" in found.evidence
    assert "np.roll(prediction, (-5, -9), axis=(0, 1))" in found.fix
    assert found.recovered_iou is not None
    assert found.recovered_iou > 0.25


def test_a_threshold_far_off_is_named_with_a_better_one() -> None:
    found = findings_of(TRUTHS, chances(SOUND, bias=-5))
    assert found[0].code == "threshold-off"
    assert found[0].recovered_iou is not None
    assert found[0].recovered_iou > 0.2
    assert "probability >= 0.0" in found[0].fix


def test_what_the_threshold_hides_is_found_behind_it() -> None:
    flipped = [p[:, ::-1].copy() for p in chances(SOUND, bias=-5)]
    assert set(codes_of(TRUTHS, flipped)[:2]) == {"threshold-off", "pred-flipped"}


def test_two_faults_at_once_are_both_named() -> None:
    swapped = [moved(np.array([0, 3, 2, 1], np.uint8)[m], 14, 9) for m in SOUND_MANY]
    assert set(codes_of(MANY, swapped)[:2]) == {"classes-swapped", "pred-shifted"}


def test_a_sigmoid_of_a_sigmoid_is_told_by_its_band_and_explains_the_collapse() -> None:
    found = findings_of(TRUTHS, [sigmoid(p) for p in chances(SOUND)])
    assert found[0].code == "sigmoid-twice"
    assert "0.622" in found[0].evidence
    assert "score-collapse" not in [f.code for f in found]


def test_a_softmax_of_a_softmax_is_told_too() -> None:
    twice = [np.exp(p) / np.exp(p).sum(axis=0) for p in channels(SOUND_MANY, 4)]
    assert codes_of(MANY, twice) == ["sigmoid-twice"]


def test_a_softmax_over_one_channel_explains_everything_else() -> None:
    assert codes_of(TRUTHS, [np.ones((1, *t.shape), np.float32) for t in TRUTHS]) == ["softmax-one-channel"]


def test_channels_that_do_not_sum_to_one_are_told() -> None:
    assert codes_of(MANY, [p * 0.8 for p in channels(SOUND_MANY, 4)]) == ["probabilities-sum"]


@pytest.mark.parametrize("step", [1, 3])
def test_predictions_of_other_photos_are_paired_anew(step: int) -> None:
    found = findings_of(TRUTHS, SOUND[step:] + SOUND[:step])[0]
    assert found.code == "pred-shuffled"
    assert found.recovered_iou is not None
    assert found.recovered_iou > 0.4


def test_one_mask_for_all_photos_is_told() -> None:
    assert codes_of(TRUTHS, [SOUND[0]] * len(TRUTHS))[0] == "pred-constant"


def test_specks_are_counted_and_cleaned() -> None:
    rng = np.random.default_rng(0)
    specked = [np.where(rng.random(m.shape) < 0.06, 1 - m, m) for m in SOUND]
    found = findings_of(TRUTHS, specked)[0]
    assert found.code == "pred-speckled"
    assert found.recovered_iou is not None
    assert found.recovered_iou > 0.1


def test_a_patch_far_from_the_one_object_is_cut_off() -> None:
    patched = [cv2.circle(m.copy(), (8 + 37 * place % 180, 140), 9, (1,), -1) for place, m in enumerate(SOUND)]
    assert codes_of(TRUTHS, patched)[0] == "patches-distant"


def test_objects_on_empty_photos_are_told_with_their_photos() -> None:
    truths = [*TRUTHS[:5], *(np.zeros_like(t) for t in TRUTHS[5:])]
    small = np.zeros_like(TRUTHS[0])
    small[8:16, 8:16] = 1
    found = findings_of(truths, [*SOUND[:5], *(small for _ in TRUTHS[5:])])[0]
    assert found.code == "empty-positives"
    assert found.photos == ("pair 5", "pair 6", "pair 7")


def test_boundaries_as_of_a_16th_of_the_size_are_coarse() -> None:
    found = findings_of(MANY, [as_drawn_at(t, 16) for t in MANY])
    assert [f.code for f in found] == ["boundary-coarse"]
    assert "16 px apart" in found[0].evidence


def test_masks_of_0_and_255_are_read_rightly_and_told_in_a_note() -> None:
    found = findings_of(TRUTHS, [255 * m for m in SOUND])
    assert [(f.code, f.severity) for f in found] == [("pred-255", "note")]


def test_accuracy_that_proves_nothing_is_told_beside_its_cause() -> None:
    found = findings_of(TRUTHS, [np.zeros_like(t) for t in TRUTHS])
    assert [f.code for f in found] == ["score-collapse"]
    assert "pixel accuracy is no more than the share of the commonest class" in found[0].evidence


def test_what_thin_labels_do_not_say_is_no_underfitting() -> None:
    lines = [line_mask((10, 20 + 12 * i), (190, 30 + 9 * i), px=3) for i in range(8)]
    beside = jittered(lines, px=2.5)
    evidence = read_pairs(list(zip(lines, beside, strict=True)))
    assert iou_of(evidence) < 0.6
    assert generalisation_hypotheses(replace(evidence, train_cases=evidence.cases)) == []
    poor = read_pairs(list(zip(TRUTHS, jittered(TRUTHS, px=25), strict=True)))
    assert iou_of(poor) < 0.6
    (claim,) = generalisation_hypotheses(replace(poor, train_cases=poor.cases))
    assert claim.finding.code == "underfitting"


def test_ids_that_are_one_too_high_are_told_of_a_model_that_misses_a_class() -> None:
    weak = [np.where((m == 3) | (m == 2), 0, m).astype(np.uint8) + np.uint8(1) for m in SOUND_MANY]
    found = findings_of(MANY, weak)[0]
    assert found.code == "classes-offset"
    assert "one too high" in found.evidence


def test_a_flip_behind_specks_is_told_as_well() -> None:
    rng = np.random.default_rng(1)
    thin = [line_mask((12 + 4 * i, 10), (60, 40 + 9 * i), px=5) for i in range(8)]
    noisy = [np.where(rng.random(m.shape) < 0.06, 1 - m, m).astype(np.uint8)[:, ::-1].copy() for m in thin]
    assert set(codes_of(thin, noisy)[:2]) == {"pred-flipped", "pred-speckled"}


def test_one_mask_for_photos_of_tiny_objects_is_told_though_their_sizes_differ() -> None:
    truths, answers = [], []
    for i in range(8):
        high = 150 + 2 * i
        truths.append(cv2.circle(np.zeros((high, 200), np.uint8), (20 + 20 * i, 40), 4, (1,), -1))
        drawn = cv2.circle(np.zeros((150, 200), np.uint8), (90, 70), 4, (1,), -1)
        answers.append(cv2.resize(drawn, (200, high), interpolation=cv2.INTER_NEAREST))
    assert "pred-constant" in codes_of(truths, answers)[:1]


def test_a_shift_is_found_though_the_sizes_of_photos_differ() -> None:
    truths = [np.pad(t, ((0, 2 * i), (0, 0))) for i, t in enumerate(TRUTHS)]
    found = findings_of(truths, [moved(t, 12, 8) for t in truths])[0]
    assert found.code == "pred-shifted"
    assert "12 px right of and 8 px below" in found.evidence


def test_an_order_off_by_three_is_told_where_photos_are_alike() -> None:
    common = one_object(1)[0]
    alike = [np.maximum(common, cv2.circle(np.zeros_like(common), (15 + 22 * i, 135), 9, (1,), -1)) for i in range(8)]
    found = findings_of(alike, [*alike[3:], *alike[:3]])[0]
    assert found.code == "pred-shuffled"
    assert "off by 3 in the order of names" in found.evidence


def test_a_zoom_of_fine_textures_is_measured() -> None:
    rng = np.random.default_rng(0)
    cells = [(cv2.GaussianBlur(rng.normal(0, 1, (256, 256)), (0, 0), 5) > 0).astype(np.uint8) for _ in range(6)]
    zoom = np.array([[0.8, 0, 0], [0, 0.8, 0]])
    small = [
        cv2.warpAffine(c, zoom, (256, 256), flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE) for c in cells
    ]
    found = findings_of(cells, small)[0]
    assert found.code == "pred-scaled"
    assert "0.80 times as large as in the truth, from the top left corner" in found.evidence


def test_photos_without_any_object_in_which_none_is_seen_have_no_fault() -> None:
    empty = [np.zeros((48, 48), dtype=np.uint8)] * 8
    codes = codes_of(empty, [np.full((48, 48), 0.1, dtype=np.float32)] * 8)
    assert not {"threshold-off", "accuracy-majority", "pred-ghosts"} & set(codes)


def test_empty_masks_of_one_class_are_laid_to_an_argmax_over_one_channel_first() -> None:
    found = findings_of(TRUTHS, [np.zeros_like(m) for m in SOUND])
    assert "argmax over one channel" in found[0].title
    probabilities = findings_of(TRUTHS, [np.full(m.shape, 0.1, dtype=np.float32) for m in SOUND])
    assert all("argmax" not in finding.title for finding in probabilities)
