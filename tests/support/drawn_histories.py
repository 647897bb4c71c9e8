"""Histories drawn by code: what healthy and sick trainings log, with the noise that real ones have."""

import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.history.history import History, history_from_columns

Values = NDArray[np.float64]


def history(**columns: Values | list[float]) -> History:
    """Return a History of named columns."""
    return history_from_columns({name: list(values) for name, values in columns.items()}, source="drawn")


def falling(rows: int, *, first: float, last: float, pace: float = 6.0) -> Values:
    """Return a curve that falls from `first` towards `last`, exponentially, `pace` time constants long."""
    return last + (first - last) * np.exp(-pace * np.arange(rows) / rows)


def noisy(values: Values, rng: np.random.Generator, share: float) -> Values:
    """Return the curve with noise of that share of its level."""
    return np.asarray(values * np.exp(rng.normal(0, share, len(values))))


def healthy(seed: int) -> History:
    """Return a training that went well: other lengths, levels, noise, rates and names for every seed."""
    rng = np.random.default_rng(seed)
    rows, share = int(rng.integers(5, 80)), float(rng.uniform(0.0, 0.06))
    pace, last = float(rng.uniform(4, 12)), float(rng.uniform(0.02, 0.4))
    best = float(rng.uniform(0.45, 0.97))
    gap = float(rng.uniform(0.0, 0.12))
    train = noisy(falling(rows, first=rng.uniform(0.7, 2.5), last=last, pace=pace), rng, share)
    validation = noisy(falling(rows, first=rng.uniform(0.7, 2.5), last=last * (1 + gap), pace=pace), rng, 1.5 * share)
    score = best - falling(rows, first=best * rng.uniform(0.5, 1.0), last=0.0, pace=pace)
    columns = {
        "loss": train,
        "val_loss": validation,
        "iou": np.clip(score + rng.normal(0, 0.3 * share, rows), 0, 1),
        "val_iou": np.clip(score - gap * best + rng.normal(0, 0.5 * share, rows), 0, 1),
        "accuracy": np.clip(0.98 - falling(rows, first=0.2, last=0.0, pace=pace) + rng.normal(0, 0.005, rows), 0, 1),
        "lr": 3e-3 * (1 + np.cos(np.pi * np.arange(rows) / rows)) / 2,
    }
    for name in rng.permutation(list(columns))[: int(rng.integers(0, 4))]:
        if name != "loss":
            del columns[name]
    return history(**columns)
