"""Overlapping windows that were added up and not divided by how many lie on a pixel: values reach 2, 4 or 9."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from maskwright.diagnosis.evidence.evidence import Case, Evidence
from maskwright.diagnosis.evidence.pair_to_case import Raw, case_of
from maskwright.diagnosis.evidence.prediction_encoding import Manner, without_ones
from maskwright.diagnosis.undo.undone_evidence import Hypothesis, gain_of, iou_of, iou_or_zero, severity_of
from maskwright.evenly_spaced import spread_evenly
from maskwright.findings.finding import make_finding

FEWEST_PHOTOS = 3
"""Maps of one size."""
MOST_REREAD = 12
"""Maps that are looked at."""
LEAST_TOP = 1.5
"""What the largest value reaches at least."""
MOST_WINDOWS = 8
"""Windows on one row or column at most."""
OFF = 0.12
"""How far the largest value of a row may lie below its windows, as a share of them, where they explain it."""
EXPLAINED = 0.6
"""Share of the rows with an object that they must explain."""
ABOVE, MOST_ABOVE = 0.1, 0.01
"""How far a row may reach above its windows, and the share of the rows that may do so."""
TOP = (0.9, 1.05)
"""The largest value once it is divided: a probability of one."""
LEAST_GAIN = 0.03
"""IoU that dividing must give back, against the maps cut at 0.5 as they are."""

Cover = NDArray[np.int64]


def summed_window_hypotheses(evidence: Evidence) -> list[Hypothesis]:
    """Return the claim that each value is a sum over windows, with the evidence divided by their number."""
    cases, storage = evidence.cases, evidence.storage
    if storage.kind != "logits" or storage.channels != 1 or len(cases) < FEWEST_PHOTOS:
        return []
    if (
        min(c.low for c in cases) < 0
        or max(c.high for c in cases) < LEAST_TOP
        or len({c.predicted_hw for c in cases}) > 1
    ):
        return []
    highest = np.max([_stored(case) for case in spread_evenly(cases, MOST_REREAD)], axis=0)
    windows = _cover(highest)
    if windows is None:
        return []
    rows, columns = windows
    cover = np.outer(rows, columns)
    if cover.max() < 2 or not TOP[0] <= float((highest / cover).max()) <= TOP[1]:
        return []
    as_they_are, undone = (_divided_by(evidence, by) for by in (np.ones_like(cover), cover))
    gain = gain_of(as_they_are, undone)
    if gain < LEAST_GAIN:
        return []
    counts = ", ".join(map(str, np.unique(cover).tolist()))
    text = (
        f"values run from 0 to {highest.max():.3g}, and the largest of each place is as large as {counts} windows give "
        f"that lie one over the other ({_runs(rows)} along the height, {_runs(columns)} along the width); cut at 0.5 "
        f"the IoU is {iou_or_zero(as_they_are):.3f}, divided by these numbers first {iou_of(undone):.3f}"
    )
    values = {"rows": _repeated(rows), "columns": _repeated(columns)}
    finding = make_finding(
        "pred-seams", text, variant="summed", values=values, severity=severity_of(gain), recovered_iou=round(gain, 4)
    )
    return [Hypothesis(finding, undone)]


def _stored(case: Case) -> NDArray[np.float64]:
    stored = case.reread().stored
    return np.zeros(case.predicted_hw) if stored is None else without_ones(stored).astype(np.float64)


def _cover(highest: NDArray[np.float64]) -> tuple[Cover, Cover] | None:
    """Return how many windows lie on each row and column, by the largest values of all maps; None where none fit.

    The largest value of a row is that of its windows times that of the column with most of them.
    """
    rows, columns = highest.max(axis=1), highest.max(axis=0)
    most, fits = round(float(highest.max())), list[tuple[float, Cover, Cover]]()
    for along in (n for n in range(1, MOST_WINDOWS + 1) if most % n == 0):
        down, across = _fit(rows / (most // along), along), _fit(columns / along, most // along)
        if down is not None and across is not None:
            fits.append((down[0] + across[0], down[1], across[1]))
    return max(fits, key=lambda fit: fit[0])[1:] if fits else None


def _fit(highest: NDArray[np.float64], most: int) -> tuple[float, Cover] | None:
    """Return the windows of one size and step that explain the largest values of rows best, and the share they do.

    No row may reach more than its windows; rows without an object reach less.
    """
    length, best = len(highest), (0.0, np.ones(len(highest), dtype=np.int64))
    shown = highest > 0.5
    if not shown.any() or most > MOST_WINDOWS:
        return None
    if most == 1:
        return float((highest[shown] > 1 - OFF).mean()), best[1]
    grain = max(4, 4 * (length // 256))
    for size in range(grain * max(1, length // 8 // grain), length, grain):
        for step in range(grain, size, grain):
            if not most - 1 <= (size - 1) // step + 1 <= most + 1:
                continue
            for windows in (_laid(length, size, step, flush=flush) for flush in (True, False)):
                if windows.max() != most or (highest > windows + ABOVE).mean() > MOST_ABOVE:
                    continue
                near = float((highest[shown] > (1 - OFF) * windows[shown]).mean())
                best = max(best, (near, windows), key=lambda one: one[0])
    return best if best[0] >= EXPLAINED else None


def _laid(length: int, size: int, step: int, *, flush: bool) -> Cover:
    """Return how many windows lie on each row, the last one flush with the end or left out; 1 where none lies."""
    starts = {*range(0, length - size + 1, step)} | ({length - size} if flush else set())
    edges = np.zeros(length + 1, dtype=np.int64)
    for start in starts:
        edges[start] += 1
        edges[start + size] -= 1
    return np.maximum(np.cumsum(edges)[:-1], 1)


def _runs(windows: Cover) -> str:
    """Return the runs of rows with as many windows, in words: `1 for 112 px, 2 for 224 px`."""
    return ", ".join(f"{value} for {len(list(run))} px" for value, run in groupby(windows.tolist()))


def _repeated(windows: Cover) -> str:
    """Return the arguments of `np.repeat` that give the windows."""
    runs = [(value, len(list(run))) for value, run in groupby(windows.tolist())]
    return f"{[value for value, _ in runs]}, {[length for _, length in runs]}"


def _divided_by(evidence: Evidence, cover: Cover) -> Evidence:
    """Return the evidence with maps of probabilities, each divided by the windows on its pixels."""
    count, manner = len(evidence.classes), Manner("probabilities")
    cases = []
    for case in evidence.cases:
        reopen: Callable[[], Raw] = partial(_raw, case, cover)
        cases.append(case_of(reopen(), manner, count, reopen))
    return replace(evidence, cases=tuple(cases), storage=replace(evidence.storage, kind="probabilities"))


def _raw(case: Case, cover: Cover) -> Raw:
    pair = case.reread()
    return Raw(case.name, pair.truth, (_stored(case) / cover).astype(np.float32))
