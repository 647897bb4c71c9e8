"""Run the field suite: every fault on every set, and healthy predictions; count what is named first."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.field.bases import ALL, Base, base_of
from benchmarks.field.faults import FAULTS, Fault, Pairs, pairs_of
from maskwright.classes import ClassTable
from maskwright.diagnosis.diagnose import examine
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.counterfactual import iou_of

HARM = 0.03
"""IoU that an injected fault must take away to count."""


@dataclass(frozen=True)
class Outcome:
    """One case: what was injected into which set, what was named (errors and warnings, in order), and what it cost."""

    fault: str
    set_name: str
    codes: tuple[str, ...]
    named: tuple[str, ...]
    harm: float
    error: str = ""

    @property
    def counts(self) -> bool:
        """Whether the fault did harm."""
        return self.harm >= HARM

    @property
    def place(self) -> int:
        """The place of the right name, from 0; 99 where it is missing."""
        return next((i for i, code in enumerate(self.named) if code in self.codes), 99)


def outcome(fault: Fault, base: Base) -> Outcome | None:
    """Inject the fault and diagnose; None where the set cannot have it."""
    pairs = fault.inject(base, np.random.default_rng(7))
    if pairs is None:
        return None
    given = None if "truth" in fault.codes[0] or fault.codes[0] == "instance-ids" else base.classes
    named, iou, error = _named(pairs, given or base.classes if fault.codes[0] != "instance-ids" else None)
    healthy = _iou(pairs_of(base), base.classes)
    name = f"{fault.name}{f' ({fault.strength})' if fault.strength else ''}"
    return Outcome(name, base.name, fault.codes, named, healthy - iou, error)


def _iou(pairs: Pairs, classes: ClassTable) -> float:
    return float(np.nan_to_num(iou_of(read_pairs(pairs, classes=classes))))


def _named(pairs: Pairs, classes: ClassTable | None) -> tuple[tuple[str, ...], float, str]:
    try:
        evidence = read_pairs(pairs, classes=classes)
        findings = examine(evidence).findings
        iou = float(np.nan_to_num(iou_of(evidence)))
    except Exception as error:  # a crash is what is counted here
        return (), 0.0, f"{type(error).__name__}: {error}"
    return tuple(f.code for f in findings if f.severity != "note"), iou, ""


HEALTHY = ((0.95, 0), (0.8, 1), (0.65, 2), (0.5, 3), (0.35, 4))
"""Qualities of healthy models, good to weak, and their seeds."""


def healthy(names: tuple[str, ...]) -> Iterator[Outcome]:
    """Diagnose healthy models as ids, as probabilities, and half of the photos alone."""
    for name in names:
        for quality, seed in HEALTHY:
            base = base_of(name, quality=quality, seed=seed)
            ids = pairs_of(base)
            stored = base.binary_maps if len(base.classes) == 2 else list(base.maps)
            maps = list(zip(base.truths, stored, strict=True))
            for what, pairs in (("ids", ids), ("maps", maps), ("odd", ids[1::2]), ("even maps", maps[::2])):
                named, _, error = _named(pairs, base.classes)
                yield Outcome(f"healthy {quality} {what}", name, (), named, 0.0, error)


def faulty(names: tuple[str, ...], only: str = "") -> Iterator[Outcome]:
    """Diagnose every fault on every set."""
    for name in names:
        for fault in FAULTS:
            if only in fault.name:
                done = outcome(fault, base_of(name))
                if done is not None:
                    yield done


def main() -> None:
    """Print the outcomes of the sets given as words, `healthy` first or `only=TEXT`."""
    import sys

    warnings.filterwarnings("ignore")
    words = sys.argv[1:]
    names = tuple(w for w in words if w in ALL) or ALL
    only = next((w[5:] for w in words if w.startswith("only=")), "")
    if "nohealthy" not in words:
        every = list(healthy(names))
        alarms = [o for o in every if [n for n in o.named if n != "score-unexplained"] or o.error]
        for o in alarms:
            print(f"FALSE {o.fault:24} {o.set_name:14} {o.named} {o.error}")
        unexplained = sum("score-unexplained" in o.named for o in every)
        print(f"healthy: {len(every)} cases, {len(alarms)} with a warning or an error, {unexplained} unexplained")
    if "onlyhealthy" in words:
        return
    done = []
    for o in faulty(names, only):
        done.append(o)
        mark = "" if o.counts else f"(harm {o.harm:.3f}) "
        print(f"{o.place:3} {mark}{o.fault:44} {o.set_name:14} {o.named} {o.error}", flush=True)
    counted = [o for o in done if o.counts]
    first, three = sum(o.place == 0 for o in counted), sum(o.place < 3 for o in counted)
    wrong = sum(o.place > 0 and bool(o.named) and o.named[0] != "score-unexplained" for o in counted)
    total = max(len(counted), 1)
    print(f"{len(counted)} did harm: first {first / total:.1%}, three {three / total:.1%}, wrong {wrong / total:.1%}")
    print(f"crashes: {sum(bool(o.error) for o in done)}")


if __name__ == "__main__":
    main()
