"""What a log says in words beside its numbers: photos left out, data that ran out, labels not found, time waited."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from maskwright.findings.catalogue import Severity

DROPPED = re.compile(r"Removed (\d+) images with no usable annotations\. (\d+) images left")
MUCH, SOME = 0.5, 0.1
"""Share of photos left out from which on it is a warning, and a note."""
RAN_OUT = re.compile(r"input ran out of data", re.IGNORECASE)
OF_KERAS = re.compile(r"^Epoch (\d+)/(\d+)", re.MULTILINE)
KERAS_BAR = re.compile(r"(?<![\d.])(\d+)/(\d+) +\S*[\[━]")
BOXES_ONLY = re.compile(r"counts should be equal, but got len\(segments\) = (\d+), len\(boxes\) = (\d+)")
NO_LABELS = re.compile(r"no labels found in ([^\s,;]+)|labels are missing or empty in ([^\s,;]+)", re.IGNORECASE)
WAITS = (
    re.compile(r"(?<!\w)time: ([\d.]+),?\s.*?(?<!\w)data_time: ([\d.]+)"),
    re.compile(r"(?<!reader_)batch_cost: ([\d.]+),?\s+(?:avg_)?reader_cost: ([\d.]+)"),
)
"""Seconds of an iteration and of those the seconds for data: of MMSegmentation and Detectron2, of PaddleSeg."""
OF_VALIDATION = re.compile(r"Iter\(val|Epoch\(val|\[EVAL\]|inference", re.IGNORECASE)
FEWEST_LINES, MOST_WAITED = 5, 0.8
NNUNET = re.compile(r"do_dummy_2d_data_aug|nnU-Net")
SPLIT = re.compile(r"This split has \d+ training|desired fold", re.IGNORECASE)
ALL_FOLDS = re.compile(r"desired fold for training: all", re.IGNORECASE)
PREDICTING = re.compile(r"\bpredicting (\S+)")


@dataclass(frozen=True)
class Said:
    """One thing that a log says: a variant of the code log-warns, its evidence and how serious it is."""

    variant: str
    evidence: str
    severity: Severity = "warning"


def said_in(text: str, path: Path) -> tuple[Said, ...]:
    """Return what the text of a log says in words, the worst first; `path` may tell of the fold."""
    readers: tuple[Callable[[str], Said | None], ...] = (_dropped, _ran_out, _boxes_only, _no_labels)
    every = [*(read(text) for read in readers), _all_folds(text, path), _waits(text)]
    return tuple(sorted((s for s in every if s is not None), key=lambda s: s.severity == "note"))


def _dropped(text: str) -> Said | None:
    found = DROPPED.search(text)
    if found is None:
        return None
    gone, left = int(found[1]), int(found[2])
    share = gone / max(1, gone + left)
    words = f'"{found[0]}": {share:.0%} of the training photos were not used'
    return Said("dropped", words, "warning" if share >= MUCH else "note") if share >= SOME else None


def _ran_out(text: str) -> Said | None:
    """Keras ends `fit` there; where the last epoch was reached, only a validation ran out."""
    found = RAN_OUT.search(text)
    if found is None:
        return None
    epochs, bars = OF_KERAS.findall(text), KERAS_BAR.findall(text[: found.start()])
    where = f" in epoch {epochs[-1][0]} of {epochs[-1][1]}" if epochs else ""
    where += f", after {bars[-1][0]} of {bars[-1][1]} steps" if bars else ""
    ended = not epochs or int(epochs[-1][0]) < int(epochs[-1][1])
    return Said("ran-out", f'"Your input ran out of data"{where}', "warning" if ended else "note")


def _boxes_only(text: str) -> Said | None:
    found = BOXES_ONLY.search(text)
    words = "" if found is None else f"{found[1]} outlines and {found[2]} boxes in the labels: only boxes were used"
    return Said("boxes-only", words) if words else None


def _no_labels(text: str) -> Said | None:
    found = NO_LABELS.search(text)
    return None if found is None else Said("no-labels", f'"{found[0].rstrip(".")}"')


def _all_folds(text: str, path: Path) -> Said | None:
    """nnU-Net's fold "all" validates on the photos that it trains on; every other fold says how it was split."""
    if not NNUNET.search(text) or (SPLIT.search(text) and not ALL_FOLDS.search(text)):
        return None
    named = "fold_all" in path.resolve().parts or bool(ALL_FOLDS.search(text))
    cases = set(PREDICTING.findall(text))
    if not named and not (cases and "do_dummy_2d_data_aug" in text):
        return None
    words = ['the log is that of fold "all"' if named else "the log names no split into training and validation"]
    if cases:
        words.append(f"all {len(cases)} cases that it predicts in the end were trained on")
    return Said("all-folds", "; ".join(words))


def _waits(text: str) -> Said | None:
    """Most of the time of training's iterations went into reading data."""
    lines = [line for line in text.split("\n") if "_time" in line or "_cost" in line]
    found = [m for line in lines if not OF_VALIDATION.search(line) for wait in WAITS if (m := wait.search(line))]
    pairs = np.array([(float(m[1]), float(m[2])) for m in found])
    if len(pairs) < FEWEST_LINES:
        return None
    whole, data = np.median(pairs, axis=0)
    if data < MOST_WAITED * whole:
        return None
    words = f"{data:.2g} of {whole:.2g} seconds of an iteration are spent waiting for photos ({data / whole:.0%})"
    return Said("waits", words)
