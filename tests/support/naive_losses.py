"""The losses once more, pixel by pixel in plain Python and numpy: what those of maskwright are measured against."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def probabilities(logits: Array) -> Array:
    """Return NxCxHxW probabilities, for one channel Nx2xHxW."""
    if logits.shape[1] == 1:
        p = 1 / (1 + np.exp(-logits))
        return np.concatenate([1 - p, p], axis=1)
    powers = np.exp(logits)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def pixels(logits: Array, target: NDArray[np.uint8]) -> list[tuple[int, Array]]:
    """Return the class id and the probabilities of all classes, for each pixel that counts."""
    p = np.moveaxis(probabilities(logits), 1, -1).reshape(-1, max(2, logits.shape[1]))
    return [(int(t), q) for t, q in zip(target.ravel(), p, strict=True) if t != 255]


def overlap_sums(logits: Array, target: NDArray[np.uint8]) -> dict[int, tuple[float, float, float]]:
    """Return intersection, probability mass and size of each class that has a plane; one channel has class 1 only."""
    counted = pixels(logits, target)
    classes = [1] if logits.shape[1] == 1 else range(logits.shape[1])
    return {
        c: (
            sum(float(p[c]) for t, p in counted if t == c),
            sum(float(p[c]) for _, p in counted),
            float(sum(t == c for t, _ in counted)),
        )
        for c in classes
    }


def naive(name: str, logits: Array, target: NDArray[np.uint8], shares: Sequence[float]) -> float:
    """Return the loss `name` of a mix; class weights of `ce` are 1."""
    counted = pixels(logits, target)
    mass = [(i, p, s) for i, p, s in overlap_sums(logits, target).values() if s > 0]
    match name:
        case "ce" | "plain-ce":
            return sum(-math.log(p[t]) for t, p in counted) / len(counted)
        case "wce-inverse":
            weights = [1 / (len(shares) * s) for s in shares]
            return sum(-math.log(p[t]) * weights[t] for t, p in counted) / len(counted)
        case "wce-median":
            middle = sorted(shares)[(len(shares) - 1) // 2]
            return sum(-math.log(p[t]) * middle / shares[t] for t, p in counted) / len(counted)
        case "l2":
            if logits.shape[1] == 1:
                return float(sum((p[1] - t) ** 2 for t, p in counted) / len(counted))
            return float(
                sum(np.mean([(p[c] - (t == c)) ** 2 for c in range(len(p))]) for t, p in counted) / len(counted)
            )
        case "focal":
            return float(sum(-math.log(p[t]) * (1 - p[t]) ** 2 for t, p in counted) / len(counted))
        case "dice":
            return float(np.mean([1 - (2 * i + 1) / (p + s + 1) for i, p, s in mass]))
        case "dice-sample":
            each = [
                1 - (2 * i + 1) / (p + s + 1)
                for n in range(len(logits))
                for i, p, s in overlap_sums(logits[n : n + 1], target[n : n + 1]).values()
                if s > 0
            ]
            return float(np.mean(each))
        case "gdice":
            both = logits if logits.shape[1] > 1 else np.concatenate([np.zeros_like(logits), logits], axis=1)
            sums = [(i, p, s) for i, p, s in overlap_sums(both, target).values() if s > 0]
            top = sum(i / s**2 for i, _, s in sums)
            return 1 - 2 * top / sum((p + s) / s**2 for _, p, s in sums)
        case "jaccard":
            return float(np.mean([1 - i / (p + s - i) for i, p, s in mass]))
        case "tversky":
            return float(np.mean([1 - i / (i + 0.3 * (p - i) + 0.7 * (s - i)) for i, p, s in mass]))
        case "focal-tversky":
            return float(np.mean([(1 - i / (i + 0.3 * (p - i) + 0.7 * (s - i))) ** 0.75 for i, p, s in mass]))
        case "jaccard-distance":
            overlaps = list(overlap_sums(logits, target).values())
            i, s = sum(i for i, _, _ in overlaps), sum(p + s for _, p, s in overlaps)
            return float((1 - (i + 10) / (s - i + 10)) * 10)
        case "jaccard-distance-keras-contrib":
            own = [1] if logits.shape[1] == 1 else range(logits.shape[1])
            total = 0.0
            for t, p in counted:
                i, s = sum(p[c] for c in own if c == t), sum(p[c] + (c == t) for c in own)
                total += (1 - (i + 100) / (s - i + 100)) * 100
            return total / len(counted)
        case "mean-iou-as-written":
            return float(np.mean([i / (p + s + 1e-7) for i, p, s in overlap_sums(logits, target).values()]))
        case "mean-iou-maximised":
            return 0.5 - naive("mean-iou-as-written", logits, target, shares)
        case "lovasz":
            return _lovasz(logits, counted)
    raise AssertionError(name)


def _lovasz(logits: Array, counted: list[tuple[int, Array]]) -> float:
    """Return the Lovász extension by its definition: sets of the k largest errors, one after the other."""
    if logits.shape[1] == 1:
        z = [math.log(p[1] / p[0]) for _, p in counted]
        errors = [1 - x * (1 if t == 1 else -1) for x, (t, _) in zip(z, counted, strict=True)]
        return _extension([max(e, 0.0) for e in errors], [t == 1 for t, _ in counted])
    each = []
    for c in range(logits.shape[1]):
        truth = [t == c for t, _ in counted]
        if any(truth):
            each.append(_extension([abs(is_c - p[c]) for is_c, (_, p) in zip(truth, counted, strict=True)], truth))
    return float(np.mean(each))


def _extension(errors: list[float], truth: list[bool]) -> float:
    order = sorted(range(len(errors)), key=lambda i: -errors[i])
    total, before = 0.0, 0.0
    for count in range(1, len(order) + 1):
        wrong = set(order[:count])
        kept = sum(truth[i] and i not in wrong for i in range(len(truth)))
        union = sum(truth[i] or i in wrong for i in range(len(truth)))
        loss = 1 - kept / union
        total += errors[order[count - 1]] * (loss - before)
        before = loss
    return total
