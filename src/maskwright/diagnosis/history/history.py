"""The history of a training: what was logged, epoch by epoch or step by step, whoever logged it."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from maskwright.errors import DataError

Values = NDArray[np.float64]

TIME_NAMES = ("epoch", "epochs", "step", "steps", "iter", "iteration", "global_step", "trainer/global_step")
IDLE_NAMES = ("minutes", "seconds", "time", "wall_time", "wall time", "elapsed", "created_at", "timestamp", "")
RATE = re.compile(r"^(lr|learning_?rate)(_?\d+)?$|^lr-|/lr$|/learning_?rate$|lr/pg\d+$|optimizer.*lr")
VALIDATION = re.compile(r"(^|[_/\-. ])(val|valid|validation|test|eval|dev)([_/\-. ]|$)", re.IGNORECASE)
TRAINING = re.compile(r"(^|[_/\-. ])(train|training)([_/\-. ]|$)", re.IGNORECASE)
LOSS = re.compile(r"(^|[_/\-. ])(loss|objective|cost)([_/\-. ]|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Metric:
    """A score by the name it was logged under; `train` and `validation` have a value a row, NaN where not logged.

    Empty arrays where that side was never logged.
    """

    train: Values = field(default_factory=lambda: np.zeros(0))
    validation: Values = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True)
class History:
    """What was logged, one row each of N: `at` counts in `unit`s ("epoch" or "step"), NaN where not logged.

    A loss that was logged as NaN or infinite is +inf, so that it differs from one that was not logged.

    `train_loss`, `validation_loss` and `rate` are empty where they were never logged. `source` says where it was read.
    """

    source: str
    unit: str
    at: Values
    train_loss: Values
    validation_loss: Values
    metrics: Mapping[str, Metric]
    rate: Values

    def __len__(self) -> int:
        return len(self.at)


def history_from_columns(columns: Mapping[str, Sequence[float]], *, source: str, unit: str = "") -> History:
    """Sort named columns of one length into a History; what is neither time, loss nor rate is a metric.

    NaN is "not logged", +inf "logged, but no number". Rows of one epoch or step become one. DataError where no loss
    and no metric is found, where lengths differ, or where nothing was logged.
    """
    arrays = {name: np.asarray(values, dtype=np.float64) for name, values in columns.items()}
    _require_even(arrays, source)
    time = _time_of(arrays)
    at = arrays[time] if time is not None else np.arange(1.0, 1 + len(next(iter(arrays.values()))))
    at, arrays = _merged(at, {name: values for name, values in arrays.items() if not _is_idle(name, values)})
    losses = {name: values for name, values in arrays.items() if LOSS.search(name)}
    rates = [values for name, values in arrays.items() if RATE.search(name.lower())]
    rest = {
        name: np.where(np.isinf(values), np.nan, values)
        for name, values in arrays.items()
        if name not in losses and not RATE.search(name.lower())
    }
    if not losses and not rest:
        raise DataError(
            f"{source}: no column is a loss or a score ({_few(columns)}); name them as in loss, val_loss, iou"
        )
    return History(
        source=source,
        unit=unit or ("step" if time is not None and not time.lower().startswith("epoch") else "epoch"),
        at=at,
        train_loss=_first({n: v for n, v in losses.items() if not VALIDATION.search(n)}),
        validation_loss=_first({n: v for n, v in losses.items() if VALIDATION.search(n)}),
        metrics=_metrics(rest, losses),
        rate=rates[0] if rates else np.zeros(0),
    )


def _require_even(arrays: Mapping[str, Values], source: str) -> None:
    lengths = {name: len(values) for name, values in arrays.items()}
    if not lengths or not max(lengths.values()):
        raise DataError(
            f"{source}: no epoch was logged; give the file that the training wrote after at least one epoch"
        )
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {count}" for name, count in list(lengths.items())[:4])
        raise DataError(f"{source}: columns of different lengths ({told}); give one value an epoch for each")


def _time_of(arrays: Mapping[str, Values]) -> str | None:
    """Return the column that counts: an epoch if it moves, else a step."""
    lower = {name.lower(): name for name in arrays}
    for wanted in TIME_NAMES:
        name = lower.get(wanted)
        if name is not None and not np.isnan(arrays[name]).all() and (len(arrays[name]) == 1 or _moves(arrays[name])):
            return name
    return None


def _moves(values: Values) -> bool:
    return len(np.unique(values[~np.isnan(values)])) > 1


def _is_idle(name: str, values: Values) -> bool:
    return name.lower() in IDLE_NAMES + TIME_NAMES or bool(np.isnan(values).all() and not LOSS.search(name))


def _merged(at: Values, arrays: dict[str, Values]) -> tuple[Values, dict[str, Values]]:
    """Give every epoch one row: the mean of what was logged under it; rows without a time follow the last that has one.

    What was not logged is left out of the mean.
    """
    filled = at.copy()
    for index in range(1, len(filled)):
        filled[index] = filled[index - 1] if math.isnan(filled[index]) else filled[index]
    filled = np.where(np.isnan(filled), np.nanmin(filled) if not np.isnan(filled).all() else 0, filled)
    moments, rows = np.unique(filled, return_inverse=True)
    if len(moments) == len(filled):
        order = np.argsort(filled, kind="stable")
        return filled[order], {name: values[order] for name, values in arrays.items()}
    return moments, {name: _means(values, rows, len(moments)) for name, values in arrays.items()}


def _means(values: Values, rows: NDArray[np.intp], count: int) -> Values:
    known = ~np.isnan(values)
    sums = np.bincount(rows[known], weights=values[known], minlength=count)
    often = np.bincount(rows[known], minlength=count)
    return np.asarray(np.divide(sums, often, out=np.full(count, np.nan), where=often > 0))


def _first(losses: Mapping[str, Values]) -> Values:
    """Return the whole loss where parts are logged beside it: the shortest name, an epoch's before a step's."""
    names = sorted(losses, key=lambda n: (n.endswith("_step"), len(n.removesuffix("_epoch").removesuffix("_step"))))
    return losses[names[0]] if names else np.zeros(0)


def _metrics(columns: Mapping[str, Values], losses: Mapping[str, Values]) -> dict[str, Metric]:
    found: dict[str, Metric] = {}
    twins = {plain_name(name) for name in columns if VALIDATION.search(name)}
    for name, values in columns.items():
        key = plain_name(name)
        sideless = not TRAINING.search(name) and not VALIDATION.search(name)
        is_training = TRAINING.search(name) or (sideless and (key in twins or _beside(values, losses)))
        known = found.get(key, Metric())
        found[key] = Metric(values, known.validation) if is_training else Metric(known.train, values)
    return found


def _beside(values: Values, losses: Mapping[str, Values]) -> bool:
    """Tell whether a score without a side was logged as the training loss was: without one too, and as often.

    fastai and MMSegmentation log scores of the validation photos without saying so.
    """
    training = {name: loss for name, loss in losses.items() if not VALIDATION.search(name)}
    if not training:
        return True
    often = np.count_nonzero(~np.isnan(_first(training)))
    sided = any(TRAINING.search(name) for name in training)
    return not sided and bool(2 * np.count_nonzero(~np.isnan(values)) >= often)


def plain_name(name: str) -> str:
    """Return a metric's name without the side it was measured on: "val_iou", "iou/val" and "iou" are one."""
    plain = TRAINING.sub("_", VALIDATION.sub("_", name)).removesuffix("_epoch").removesuffix("_step")
    return plain.strip("_/-. ") or name


def _few(columns: Mapping[str, object]) -> str:
    return ", ".join(list(columns)[:6]) or "there is none"
