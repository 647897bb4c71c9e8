import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from maskwright.imaging.mask_geometry import Mask
from maskwright.losses.border import border_cross_entropy, border_weights


def naive(mask: Mask, w0: float, sigma: float) -> np.ndarray:
    """Two nearest objects by looking at every pixel of every object; objects are found by flooding."""
    marks = np.zeros(mask.shape, int)
    count = 0
    for y, x in np.argwhere((mask != 0) & (mask != 255)):
        if marks[y, x]:
            continue
        count += 1
        todo = [(y, x)]
        while todo:
            r, c = todo.pop()
            if 0 <= r < mask.shape[0] and 0 <= c < mask.shape[1] and not marks[r, c] and mask[r, c] == mask[y, x]:
                marks[r, c] = count
                todo += [(r + i, c + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    out = np.zeros(mask.shape)
    for y, x in np.argwhere(mask == 0):
        nearest = sorted(min(math.dist((y, x), p) for p in np.argwhere(marks == m)) for m in range(1, count + 1))
        if count >= 2:
            out[y, x] = w0 * math.exp(-((nearest[0] + nearest[1]) ** 2) / (2 * sigma**2))
    return out


def gap() -> Mask:
    """Two classes, three objects, an ignored strip."""
    mask = np.zeros((24, 30), np.uint8)
    mask[2:12, 2:10] = 1
    mask[2:12, 12:20] = 1
    mask[15:20, 5:25] = 2
    mask[22:, :] = 255
    return mask


def test_weights_are_the_papers_formula() -> None:
    np.testing.assert_allclose(border_weights(gap()), naive(gap(), 10.0, 5.0), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(
        border_weights(gap(), w0=3.0, sigma_px=2.0), naive(gap(), 3.0, 2.0), rtol=1e-4, atol=1e-6
    )


def test_a_narrow_gap_weighs_most() -> None:
    weights = border_weights(gap())
    assert weights[6, 10] == pytest.approx(10 * math.exp(-((1 + 2) ** 2) / 50), rel=1e-5)
    assert weights[6, 10] > 4 * weights[6, 29]
    assert not weights[gap() != 0].any()


@pytest.mark.parametrize("value", [0, 1, 255])
def test_fewer_than_two_objects_have_no_border(value: int) -> None:
    assert not border_weights(np.full((5, 6), value, np.uint8)).any()


def test_the_loss_is_the_weighted_cross_entropy_pixel_by_pixel() -> None:
    mask = gap()
    target = torch.from_numpy(mask)[None]
    logits = torch.randn(1, 3, *mask.shape, generator=torch.Generator().manual_seed(0))
    classes = torch.tensor([0.5, 2.0, 1.5])
    weights, total = naive(mask, 10.0, 5.0), 0.0
    for y, x in np.argwhere(mask != 255):
        chosen = int(mask[y, x])
        total -= (float(classes[chosen]) + weights[y, x]) * float(logits[0, :, y, x].log_softmax(0)[chosen])
    expected = total / (mask != 255).sum()
    assert border_cross_entropy(logits, target, weights=classes).item() == pytest.approx(expected, rel=1e-4)


def test_one_channel_is_two_classes() -> None:
    target = torch.from_numpy(np.where(gap() == 2, 1, gap()))[None]
    z = torch.randn(1, 1, *target.shape[1:], generator=torch.Generator().manual_seed(1))
    weights = torch.tensor([1.0, 2.0])
    both = border_cross_entropy(torch.cat([torch.zeros_like(z), z], dim=1), target, weights=weights)
    torch.testing.assert_close(border_cross_entropy(z, target, weights=weights), both)


def test_all_ignored_gives_zero_and_finite_gradients() -> None:
    logits = torch.randn(2, 1, 8, 8, dtype=torch.bfloat16).requires_grad_()
    loss = border_cross_entropy(logits, torch.full((2, 8, 8), 255, dtype=torch.uint8), weights=torch.ones(2))
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == 0
    assert logits.grad is not None
    assert not logits.grad.any()


def test_gradients_are_right() -> None:
    target = torch.from_numpy(gap()[:, :12].copy())[None]
    logits = torch.randn(1, 3, *target.shape[1:]).requires_grad_()
    border_cross_entropy(logits, target, weights=torch.ones(3)).backward()  # type: ignore[no-untyped-call]
    weights = torch.from_numpy(border_weights(gap()[:, :12].copy()))
    counted = (target != 255)[0]
    chosen = functional.one_hot(torch.where(counted, target[0], 0).long(), 3).permute(2, 0, 1)
    expected = (logits[0].softmax(0) - chosen) * (1 + weights) * counted / counted.sum()
    assert logits.grad is not None
    torch.testing.assert_close(logits.grad[0], expected.detach(), rtol=1e-4, atol=1e-7)
