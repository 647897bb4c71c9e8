"""The history of a training: what was logged, epoch by epoch or step by step, whoever logged it."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.history.column_names import (
    LOSS,
    RATE,
    TIME_NAMES,
    TRAINING,
    VALIDATION,
    WHOLE_LOSS,
    is_idle,
    plain_name,
)
from maskwright.diagnosis.history.continued_epochs import Part, in_parts
from maskwright.diagnosis.history.log_source import tool_of
from maskwright.diagnosis.history.said_in_words import Said
from maskwright.diagnosis.history.training_photos import split_evaluated_training
from maskwright.diagnosis.history.trend import known
from maskwright.errors import DataError

Values = NDArray[np.float64]


ABSENT = re.compile(r"(^|[/_ .])(m?AP|AR|mAR)([^a-z]|$)|coco", re.IGNORECASE)
"""Names of COCO's scores."""
PRINTED = 0.011
"""How far a percent of two digits lies from 100 times a share of four."""


@dataclass(frozen=True)
class Metric:
    """A score by the name it was logged under; `train` and `validation` have a value a row, NaN where not logged.

    Empty arrays where that side was never logged.
    """

    train: Values = field(default_factory=lambda: np.zeros(0))
    validation: Values = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True)
class KeptWeights:
    """A score that decided which weights are kept: its value `before` the first save, and at each save.

    `passed` counts the times at which nothing was saved, where the text says so.
    """

    name: str
    before: float
    values: tuple[float, ...]
    passed: int = 0


@dataclass(frozen=True)
class Batches:
    """The rows of a log with several in an epoch, in their order: epoch, training loss, and whether it validated."""

    epoch: Values
    train_loss: Values
    validates: NDArray[np.bool_]


@dataclass(frozen=True)
class History:
    """What was logged, one row each of N: `at` counts in `unit`s ("epoch" or "step"), NaN where not logged.

    A loss that was logged as NaN or infinite is +inf, so that it differs from one that was not logged.

    `train_loss`, `validation_loss` and `rate` are empty where they were never logged. `source` says where it was read,
    `reading` how, where that was a guess ("" otherwise), and `tool` what wrote it: one of the catalogue's FRAMEWORKS,
    or "" (unknown).
    `loss_name` is what the training loss was logged as; "" where there is none, or several parts of one.
    `kept` are the scores by which weights were kept, where the text says so; `has_infinite_weights` tells whether it
    shows class weights with an infinite one. `loss_parts` are the training losses by name, where there are several.
    `batches` are the losses row by row, where one epoch has many. `evaluated_training` holds pairs of a score or loss
    of the training photos, as training logged it and as measured again in evaluation mode, by the name of the second.
    `batch_size` is that of the training where the text says it, else 0. `said` is what a text says beside its numbers.
    `parts` are the trainings of one log whose epochs begin again; empty where there is one.
    `zero_losses` are the validation losses that are 0 in every row.
    """

    source: str
    unit: str
    at: Values
    train_loss: Values
    validation_loss: Values
    metrics: Mapping[str, Metric]
    rate: Values
    reading: str = ""
    tool: str = ""
    loss_name: str = ""
    kept: tuple[KeptWeights, ...] = ()
    has_infinite_weights: bool = False
    loss_parts: Mapping[str, Values] = field(default_factory=dict)
    batches: Batches | None = None
    evaluated_training: Mapping[str, tuple[Values, Values]] = field(default_factory=dict)
    batch_size: int = 0
    said: tuple[Said, ...] = ()
    parts: tuple[Part, ...] = ()
    zero_losses: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.at)


def history_from_columns(
    columns: Mapping[str, Sequence[float]], *, source: str, unit: str = "", reading: str = ""
) -> History:
    """Sort named columns of one length into a History; what is neither time, loss nor rate is a metric.

    NaN is "not logged", +inf "logged, but no number". Rows of one epoch or step become one. DataError where no loss
    and no metric is found, where lengths differ, or where nothing was logged.
    """
    arrays = {name: _without_absent(name, np.asarray(values, dtype=np.float64)) for name, values in columns.items()}
    _require_even(arrays, source)
    time = _time_of(arrays)
    at = arrays[time] if time is not None else np.arange(1.0, 1 + len(next(iter(arrays.values()))))
    parts, at, arrays, begun_again = in_parts(at, arrays)
    batches = _batches(at, arrays)
    at, arrays = _merged(at, {name: values for name, values in arrays.items() if not _is_left_out(name, values)})
    evaluated_training, arrays = split_evaluated_training(arrays)
    losses = {name: values for name, values in arrays.items() if LOSS.search(name)}
    rates = {name: values for name, values in arrays.items() if RATE.search(name) and name not in losses}
    rest = _finite({n: v for n, v in arrays.items() if n not in losses and n not in rates})
    _require_curves({**losses, **rest}, columns, source)
    return History(
        source=source,
        unit=unit or ("step" if time is not None and not re.search(r"(^|/)ep", time.lower()) else "epoch"),
        at=at,
        train_loss=_whole(training := {n: v for n, v in losses.items() if not VALIDATION.search(n)}),
        validation_loss=_whole({n: v for n, v in losses.items() if VALIDATION.search(n)}),
        metrics=_metrics(rest, losses),
        rate=next(iter(rates.values()), np.zeros(0)),
        reading=reading or begun_again,
        tool=tool_of(columns),
        loss_name=next(iter(training)) if len(training) == 1 else "",
        loss_parts=training if len(training) > 1 else {},
        batches=batches,
        evaluated_training=evaluated_training,
        parts=parts,
        zero_losses=_zero(losses),
    )


def _finite(columns: Mapping[str, Values]) -> dict[str, Values]:
    return {name: np.where(np.isinf(values), np.nan, values) for name, values in columns.items()}


def _zero(losses: Mapping[str, Values]) -> tuple[str, ...]:
    """Return the validation losses that were logged and are 0 in every row."""
    validation = {name: known(values) for name, values in losses.items() if VALIDATION.search(name)}
    return tuple(name for name, values in validation.items() if len(values) and not values.any())


def _without_absent(name: str, values: Values) -> Values:
    """Return a column without the -1 that COCO's evaluation gives for sizes of which there is no object."""
    return np.where(values == -1, np.nan, values) if ABSENT.search(name) else values


def _require_even(arrays: Mapping[str, Values], source: str) -> None:
    lengths = {name: len(values) for name, values in arrays.items()}
    if not lengths or not max(lengths.values()):
        raise DataError(
            f"{source}: no epoch was logged; give the file that the training wrote after at least one epoch"
        )
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {count}" for name, count in list(lengths.items())[:4])
        raise DataError(f"{source}: columns of different lengths ({told}); give one value an epoch for each")


def _require_curves(curves: Mapping[str, Values], columns: Mapping[str, object], source: str) -> None:
    if not curves:
        raise DataError(
            f"{source}: no column is a loss or a score ({_few(columns)}); name them as in loss, val_loss, iou"
        )


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


def _is_left_out(name: str, values: Values) -> bool:
    return is_idle(name) or bool(np.isnan(values).all() and not LOSS.search(name))


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
    return moments, {
        name: _means(values if LOSS.search(name) else _without_percent(values, rows, len(moments)), rows, len(moments))
        for name, values in arrays.items()
    }


def _batches(at: Values, arrays: Mapping[str, Values]) -> Batches | None:
    """Return the losses row by row where an epoch has several that validate and several that train; else None."""
    losses = {name: values for name, values in arrays.items() if LOSS.search(name)}
    train = _whole({name: values for name, values in losses.items() if not VALIDATION.search(name)})
    validation = _whole({name: values for name, values in losses.items() if VALIDATION.search(name)})
    if not len(train) or not len(validation) or len(np.unique(at)) * 4 > np.isfinite(train).sum():
        return None
    return Batches(at, train, np.isfinite(validation) & np.isnan(train))


def _without_percent(values: Values, rows: NDArray[np.intp], count: int) -> Values:
    """Leave out the percents of a moment that has the same score as a share too, as MMSegmentation prints both."""
    highest, lowest = np.full(count, np.nan), np.full(count, np.nan)
    finite = np.where(np.isfinite(values), values, np.nan)
    np.fmax.at(highest, rows, finite)
    np.fmin.at(lowest, rows, finite)
    both = (highest > 1) & (np.abs(highest - 100 * lowest) <= PRINTED)
    return np.where(both[rows] & (values == highest[rows]), np.nan, values)


def _means(values: Values, rows: NDArray[np.intp], count: int) -> Values:
    known = ~np.isnan(values)
    sums = np.bincount(rows[known], weights=values[known], minlength=count)
    often = np.bincount(rows[known], minlength=count)
    return np.asarray(np.divide(sums, often, out=np.full(count, np.nan), where=often > 0))


def _whole(losses: Mapping[str, Values]) -> Values:
    """Return the loss that is called so, an epoch's before a step's; the sum of its parts where none is whole."""
    if not losses:
        return np.zeros(0)
    whole = [name for name in losses if _core(name) in WHOLE_LOSS]
    if whole:
        return losses[min(whole, key=lambda name: (name.endswith("_step"), len(name)))]
    parts = [
        v for n, v in losses.items() if not n.endswith("_step") or n.removesuffix("_step") + "_epoch" not in losses
    ]
    return np.asarray(np.sum(parts, axis=0))


def _core(name: str) -> str:
    return plain_name(name).lower().rpartition("/")[2].replace(" ", "_").removeprefix("epoch_").removeprefix("avg_")


def _metrics(columns: Mapping[str, Values], losses: Mapping[str, Values]) -> dict[str, Metric]:
    found: dict[str, Metric] = {}
    twins = {plain_name(name) for name in columns if VALIDATION.search(name)}
    for name, values in columns.items():
        key = plain_name(name)
        sideless = not TRAINING.search(name) and not VALIDATION.search(name)
        is_training = (TRAINING.search(name) and not VALIDATION.search(name)) or (
            sideless and (key in twins or _beside(values, losses))
        )
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
    often = np.count_nonzero(~np.isnan(_whole(training)))
    sided = any(TRAINING.search(name) for name in training)
    return not sided and bool(2 * np.count_nonzero(~np.isnan(values)) >= often)


def _few(columns: Mapping[str, object]) -> str:
    return ", ".join(list(columns)[:6]) or "there is none"
