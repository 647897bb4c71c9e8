"""The part of the audit on trainings: a short training with a wrong setting, trained again as its warning says."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.field.cures.check_faults import photos_of, written
from benchmarks.field.cures.cure import Cure

PART = "training"
SETS = ("crackforest", "magnetic_tile")
STEPS = 60
SET = re.compile(r"--set ([\w.]+)=(\"[^\"]*\"|[^\s`,;]*[^\s`,;.])")
MINUTES = re.compile(r"--minutes (\d+)")


@dataclass(frozen=True)
class WrongSettings:
    """A training with a wrong setting: its name, and what is given to `--set` beside the number of steps."""

    name: str
    settings: tuple[str, ...]


WRONG: Sequence[WrongSettings] = (
    WrongSettings("learning rates x100", ("optim.lr_decoder=0.3", "optim.lr_encoder=0.03")),
    WrongSettings("learning rates /1000", ("optim.lr_decoder=3e-6", "optim.lr_encoder=3e-7")),
    WrongSettings("too few steps", ("optim.steps=12",)),
)


def cases(done: set[tuple[str, str]]) -> Iterator[Cure]:
    """Yield the cures of every wrong setting on every set that is not done yet: two trainings each."""
    for wrong in WRONG:
        for name in SETS:
            if (wrong.name, name) not in done:
                yield cured(wrong, name)


def cured(wrong: WrongSettings, set_name: str) -> Cure:
    """Train with the wrong setting, obey the first warning, and train again with as many steps."""
    photos, truths = photos_of(set_name)
    with TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        written(data, photos, [t * np.uint8(255) for t in truths])
        own = tuple(s for s in wrong.settings if s.startswith("optim.steps"))
        first = wrong.settings if own else (*wrong.settings, f"optim.steps={STEPS}")
        before, findings = trained(data, Path(folder) / "before", first)
        named = next((f for f in findings if f["severity"] != "note" and f["code"] in CODES), None)
        if named is None:
            return Cure(PART, wrong.name, set_name, "", "none", before, before)
        second = obeyed(first, named["fix"])
        after, _ = trained(data, Path(folder) / "after", second)
    return Cure(PART, wrong.name, set_name, named["code"], "command", before, after)


CODES = ("lr-too-high", "lr-too-low", "steps-few", "loss-not-finite", "training-collapse")
"""Findings about settings; what is said of the data stays as it is."""


def obeyed(settings: Sequence[str], fix: str) -> tuple[str, ...]:
    """Return the settings after a fix: those that it leaves out are gone, those that it sets are set."""
    chosen = {key: value for key, _, value in (s.partition("=") for s in settings)}
    first, *_ = re.split(r"\bOr let\b", fix)
    if "Leave out" in first:
        chosen = {key: value for key, value in chosen.items() if f"--set {key}" not in first}
    chosen |= {key: value.strip('"') for key, value in SET.findall(first)}
    return tuple(f"{key}={value}" for key, value in chosen.items())


def trained(data: Path, out: Path, settings: Sequence[str]) -> tuple[float, list[dict[str, Any]]]:
    """Train for at most a minute by the command line; return the IoU on the photos held out, and the findings."""
    command = [sys.executable, "-m", "maskwright", "train", str(data), "--out", str(out), "--minutes", "1", "--quiet"]
    subprocess.run([*command, *(part for s in settings for part in ("--set", s))], check=False, capture_output=True)
    evaluation = json.loads((out / "evaluation.json").read_text(encoding="utf-8"))
    findings = json.loads((out / "findings.json").read_text(encoding="utf-8"))
    return float(evaluation["dataset_iou"]["mean"] or 0.0), findings
