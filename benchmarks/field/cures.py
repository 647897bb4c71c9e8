"""The cures' audit: each finding's fix is obeyed to the letter on the case that raised it, and the IoU measured.

A fix holds its Python between backticks. What starts with `prediction =` (or ends so) is run on every prediction, what
starts with `mask =` on the truths of the photos that the finding names. A fix that asks for another training or for
another inference cannot be obeyed on stored files, and is counted as such.
"""

import re
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from benchmarks.field.bases import ALL, TUNED_ON, Base, base_of
from benchmarks.field.faults import FAULTS, Fault, Pairs
from benchmarks.field.members import MEMBERS
from benchmarks.field.suite import HARM, named
from maskwright.classes import ClassTable
from maskwright.diagnosis.diagnose import examine
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.counterfactual import iou_of
from maskwright.findings.finding import Finding

CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Cure:
    """A fix that was obeyed: what was injected, what was named first, the IoU before and after; NaN if none ran."""

    fault: str
    set_name: str
    code: str
    before: float
    after: float
    gone: bool = False

    @property
    def obeyed(self) -> bool:
        """Whether the fix could be run on stored files."""
        return not np.isnan(self.after)

    @property
    def good(self) -> bool:
        """Whether the IoU rose, or the message went without harm."""
        return self.after > self.before + 0.001 or (self.gone and self.after >= self.before - 0.02)


def cured(fault: Fault, base: Base) -> Cure | None:
    """Inject, obey the first finding, and measure; None where nothing was injected or named, or it did no harm."""
    pairs = fault.inject(base, np.random.default_rng(7))
    if pairs is None:
        return None
    given = None if fault.codes[0] == "instance-ids" else base.classes
    evidence = read_pairs(pairs, classes=given)
    before = float(np.nan_to_num(iou_of(evidence)))
    sound = float(np.nan_to_num(iou_of(read_pairs(list(zip(base.truths, base.masks, strict=True)), classes=given))))
    first = next((f for f in examine(evidence).findings if f.severity != "note"), None)
    if first is None or sound - before < HARM:
        return None
    obeyed = followed(first, pairs)
    if obeyed is None:
        return Cure(named(fault), base.name, first.code, before, float("nan"))
    after, gone = _judged(obeyed, given, first.code)
    return Cure(named(fault), base.name, first.code, before, after, gone)


def _judged(pairs: Pairs, classes: ClassTable | None, code: str) -> tuple[float, bool]:
    evidence = read_pairs(pairs, classes=classes)
    codes = {f.code for f in examine(evidence).findings if f.severity != "note"}
    return float(np.nan_to_num(iou_of(evidence))), code not in codes


def followed(finding: Finding, pairs: Pairs) -> Pairs | None:
    """Return the pairs after the finding's commands; None where no command can be run on stored files."""
    commands = [code for code in CODE.findall(finding.fix) if re.search(r"(^|; )(prediction|mask) = ", code)]
    if not commands:
        return None
    line = commands[0]
    of_truth = line.startswith("mask =")
    chosen = {int(name.removeprefix("pair ")) for name in finding.photos} if of_truth and finding.photos else None
    done = []
    for place, (truth, prediction) in enumerate(pairs):
        if of_truth:
            changed = run(line, {"mask": truth})["mask"] if chosen is None or place in chosen else truth
            done.append((np.asarray(changed, dtype=np.uint8), prediction))
        else:
            size: dict[str, Any] = {"height": truth.shape[0], "width": truth.shape[1]}
            done.append((truth, run(line, size | {"prediction": prediction, "probability": prediction})["prediction"]))
    return done


def run(line: str, names: dict[str, Any]) -> dict[str, Any]:
    """Return the names after one line of Python that a fix gives; only this suite's own catalogue is run."""
    scope: dict[str, Any] = {"np": np, "cv2": cv2} | names
    exec(line, scope)
    return scope


def table(cures: Sequence[Cure]) -> list[str]:
    """Return the audit's lines for DOCTOR.md: its figures and its worst rows."""
    obeyed = [c for c in cures if c.obeyed]
    good, harmed = [c for c in obeyed if c.good], [c for c in obeyed if c.after < c.before - 0.02]
    worst = sorted(obeyed, key=lambda c: c.after - c.before)[:8]
    return [
        f"Obeyed to the letter: {len(obeyed)} fixes of {len(cures)} first findings (the others ask for another",
        f"training or inference, which stored files cannot show). The IoU rose or the message went in {len(good)} of",
        f"{len(obeyed)}; it fell by more than 0.02 in {len(harmed)}. The worst rows:",
        "",
        "| injected | set | named | IoU before | after |",
        "|---|---|---|---|---|",
        *(f"| {c.fault} | {c.set_name} | {c.code} | {c.before:.3f} | {c.after:.3f} |" for c in worst),
    ]


def main() -> None:
    """Audit the sets given as words, the tuned ones by default, and print the table."""
    warnings.filterwarnings("ignore")
    names = tuple(word for word in sys.argv[1:] if word in ALL) or TUNED_ON
    every = [cured(fault, base_of(name)) for name in names for fault in (*FAULTS, *MEMBERS)]
    print("\n".join(table([cure for cure in every if cure is not None])))


if __name__ == "__main__":
    main()
