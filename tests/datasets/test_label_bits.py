import math
import zlib
from pathlib import Path

import numpy as np
import pytest

from maskwright.classes import IGNORE
from maskwright.datasets.label_bits import JBIG, NEAREST, code_length_bits, context_counts, label_bits
from maskwright.imaging.mask_geometry import Mask
from tests.support.drawn import disc_photos
from tests.support.filled import fill_ellipse

SIZE = (256, 256)


def mask_bits(mask: Mask, class_count: int) -> float:
    """Return the bits of one mask coded by itself."""
    return code_length_bits([context_counts(mask, class_count)], class_count)


def noise(share: float, *, seed: int = 0, size_hw: tuple[int, int] = SIZE) -> Mask:
    return (np.random.default_rng(seed).random(size_hw) < share).astype(np.uint8)


def entropy(*shares: float) -> float:
    return -sum(p * math.log2(p) for p in shares if p)


def discs(count: int, *, seed: int = 0) -> Mask:
    rng = np.random.default_rng(seed)
    mask = np.zeros(SIZE, dtype=np.uint8)
    for _ in range(count):
        x, y, radius = rng.uniform(40, 216), rng.uniform(40, 216), rng.uniform(8, 30)
        mask[fill_ellipse((x, y), (radius, radius), SIZE)] = 1
    return mask


def coded_pixel_by_pixel(mask: Mask, class_count: int) -> float:
    """Code a mask as a coder would: each pixel by the counts of its context so far."""
    template = JBIG if class_count == 2 else NEAREST
    counts: dict[tuple[int, ...], list[float]] = {}
    bits = 0.0
    for y in range(mask.shape[0]):
        for x in range(mask.shape[1]):
            around = tuple(
                int(mask[y + r, x + c]) if y + r >= 0 and 0 <= x + c < mask.shape[1] else 0 for r, c in template
            )
            if mask[y, x] != IGNORE:
                seen = counts.setdefault(around, [1 / class_count] * class_count)
                bits -= math.log2(seen[mask[y, x]] / sum(seen))
                seen[mask[y, x]] += 1
    return bits


@pytest.mark.parametrize("share", [0.5, 0.1, 0.02])
def test_noise_costs_its_entropy(share: float) -> None:
    per_pixel = mask_bits(noise(share, size_hw=(512, 512)), 2) / 512**2
    assert entropy(share, 1 - share) * 0.97 < per_pixel < entropy(share, 1 - share) * 1.05 + 0.005


def test_a_chain_along_rows_costs_its_entropy_rate() -> None:
    flips = noise(0.1, seed=3, size_hw=(512, 512))
    chain = (np.cumsum(flips, axis=1) % 2).astype(np.uint8)
    assert mask_bits(chain, 2) / 512**2 == pytest.approx(entropy(0.1, 0.9), rel=0.04)


def test_noise_of_four_classes_costs_two_bits_a_pixel() -> None:
    mask = np.random.default_rng(0).integers(0, 4, (512, 512)).astype(np.uint8)
    assert 1.98 < mask_bits(mask, 4) / 512**2 < 2.05


def test_half_a_plane_costs_next_to_nothing() -> None:
    for half in (np.s_[:128], np.s_[:, :128]):
        mask = np.zeros(SIZE, dtype=np.uint8)
        mask[half] = 1
        assert mask_bits(mask, 2) / mask.size < 0.005
    assert mask_bits(np.zeros(SIZE, dtype=np.uint8), 2) < 16


def test_more_noise_and_more_discs_cost_more() -> None:
    by_noise = [mask_bits(noise(p), 2) for p in (0.0, 0.01, 0.05, 0.2, 0.5)]
    by_discs = [mask_bits(discs(n), 2) for n in (0, 1, 4, 9)]
    assert by_noise == sorted(by_noise)
    assert by_discs == sorted(by_discs)
    assert len(set(by_noise)) == 5


@pytest.mark.parametrize("mask", [discs(4), discs(9, seed=2), noise(0.05)])
def test_it_takes_less_than_a_real_packer_which_is_a_bound_from_above(mask: Mask) -> None:
    packed = 8 * len(zlib.compress(np.packbits(mask).tobytes(), 9))
    assert mask_bits(mask, 2) < packed * 1.02


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_the_closed_form_is_the_length_that_coding_pixel_by_pixel_gives(classes: int) -> None:
    mask = np.random.default_rng(classes).integers(0, classes, (12, 17)).astype(np.uint8)
    mask[4:9, 5:11] = 1
    assert mask_bits(mask, classes) == pytest.approx(coded_pixel_by_pixel(mask, classes), abs=1e-6)
    mask[2, 3:9] = IGNORE
    assert mask_bits(mask, classes) == pytest.approx(coded_pixel_by_pixel(mask, classes), abs=1e-6)


def test_ignored_pixels_cost_nothing() -> None:
    mask = noise(0.5)
    mask[:] = IGNORE
    assert mask_bits(mask, 2) == 0.0
    mask[:128] = noise(0.5)[:128]
    assert mask_bits(mask, 2) < 0.56 * mask_bits(noise(0.5), 2)


def test_one_coder_for_all_photos_beats_one_a_photo_and_a_class_label_is_a_bit(tmp_path: Path) -> None:
    bits = label_bits(disc_photos(tmp_path, count=6))
    assert len(bits.by_photo) == 6
    assert bits.class_label == 1.0
    assert bits.class_label < bits.mean_by_photo
    assert bits.together < sum(b for _, b in bits.by_photo)
    assert bits.together > max(b for _, b in bits.by_photo)
