"""Run the field suite: every fault on every set, and healthy predictions; count what is named first."""

import json
import os
import random
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.field.bases import ALL, TUNED_ON, Base, base_of
from benchmarks.field.broken_logs import BROKEN, BrokenLog
from benchmarks.field.buffers_and_sources import BUFFERS
from benchmarks.field.console_logs import CONSOLES
from benchmarks.field.drawn import DRAWN
from benchmarks.field.faults import FAULTS, Fault, Pairs, pairs_of
from benchmarks.field.filters import FILTERS
from benchmarks.field.loops_and_outlines import LOOPS
from benchmarks.field.members import MEMBERS
from benchmarks.field.objects import OBJECTS
from benchmarks.field.pasted_logs import PASTED
from benchmarks.field.recent_threads import RECENT
from benchmarks.field.reported_logs import REPORTED
from benchmarks.field.second_inference import SECOND
from benchmarks.field.threads import THREADS
from benchmarks.field.tool_logs import TOOLS, drawn_training
from benchmarks.field.writers import WRITERS
from maskwright.classes import ClassTable
from maskwright.diagnosis.diagnose import examine
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.history.reading import read_history
from maskwright.diagnosis.undo.undone_evidence import iou_of

SHUFFLED_BY = 17
"""Seed of the order of cases: a suite that was stopped is a random sample of the whole."""
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


def named(fault: Fault) -> str:
    """Return a fault's name with its strength."""
    return f"{fault.name} ({fault.strength})" if fault.strength else fault.name


def outcome(fault: Fault, base: Base) -> Outcome | None:
    """Inject the fault and diagnose; None where the set cannot have it."""
    pairs = fault.inject(base, np.random.default_rng(7))
    if pairs is None:
        return None
    given = None if "truth" in fault.codes[0] or fault.codes[0] == "instance-ids" else base.classes
    codes, iou, error = _named(pairs, given or base.classes if fault.codes[0] != "instance-ids" else None)
    refused = tuple(code for code in fault.codes if " " in code and code in error)
    if refused:  # a message that says what is wrong, before anything is compared
        codes, error = refused, ""
    return Outcome(named(fault), base.name, fault.codes, codes, _sound_iou(base.name) - iou, error)


@cache
def _sound_iou(name: str) -> float:
    """Return the IoU of a set's predictions without a fault."""
    base = base_of(name)
    return float(np.nan_to_num(iou_of(read_pairs(pairs_of(base), classes=base.classes))))


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
FORMS = ("ids", "maps", "odd", "even maps")
"""Healthy predictions as class ids, as probabilities, and half of the photos of each."""
FORMS_OF_LOGS = TOOLS | PASTED | {name: form.write for name, form in CONSOLES.items()}
HISTORIES = tuple((tool, seed) for tool in FORMS_OF_LOGS for seed in range(3))
"""Healthy histories of three trainings: each tool's file, and what people paste from its screen."""
SEEDS_OF_BROKEN = range(10, 14)


def faulty(name: str) -> Iterator[tuple[str, Callable[[], Outcome | None]]]:
    """Yield every fault on a set: its name, and what injects and diagnoses it."""
    for fault in (*FAULTS, *MEMBERS, *THREADS, *FILTERS, *WRITERS, *RECENT, *OBJECTS, *BUFFERS, *SECOND, *LOOPS):
        yield named(fault), partial(_outcome_on, fault, name)


def _outcome_on(fault: Fault, name: str) -> Outcome | None:
    return outcome(fault, base_of(name))


def healthy(name: str) -> Iterator[tuple[str, Callable[[], Outcome | None]]]:
    """Yield healthy models on a set, good to weak, stored in four forms."""
    for quality, seed in HEALTHY:
        for form in FORMS:
            yield f"healthy {quality} {form}", partial(_healthy, name, (quality, seed), form)


def _healthy(name: str, model: tuple[float, int], form: str) -> Outcome:
    base = base_of(name, quality=model[0], seed=model[1])
    ids = pairs_of(base)
    stored = base.binary_maps if len(base.classes) == 2 else list(base.maps)
    maps = list(zip(base.truths, stored, strict=True))
    pairs = {"ids": ids, "maps": maps, "odd": ids[1::2], "even maps": maps[::2]}[form]
    codes, _, error = _named(pairs, base.classes)
    return Outcome(f"healthy {model[0]} {form}", name, (), codes, 0.0, error)


def broken_history(log: BrokenLog, seed: int) -> Outcome:
    """Diagnose a training that went wrong; the harm of what a log shows is not measured, and counts."""
    codes, error = _named_in(log.file, log.text(seed))
    return Outcome(f"history: {log.name}", f"histories {seed}", log.codes, codes, 1.0, error)


def healthy_history(tool: str, seed: int) -> Outcome:
    """Diagnose a healthy training as a tool writes it."""
    codes, error = _named_in(tool, FORMS_OF_LOGS[tool](drawn_training(seed)))
    return Outcome(f"healthy history {tool} {seed}", "histories", (), codes, 0.0, error)


def _named_in(file: str, text: str) -> tuple[tuple[str, ...], str]:
    try:
        with TemporaryDirectory() as folder:
            path = Path(folder) / file
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            findings = examine(Evidence(history=read_history(path))).findings
    except Exception as error:  # a crash is what is counted here
        return (), f"{type(error).__name__}: {error}"
    return tuple(f.code for f in findings if f.severity != "note"), ""


def answered(names: Sequence[str], store: Path) -> list[Outcome]:
    """Return the outcomes of every case on the sets, those in `store` as they are, the others added to it."""
    done = {(o.fault, o.set_name): o for o in read(store)}
    for name in names:
        cases = [*faulty(name), *healthy(name)]
        random.Random(f"{SHUFFLED_BY} {name}").shuffle(cases)  # what is answered first is a sample of all
        for case, work in cases:
            if (case, name) not in done:
                outcome_of = work()
                if outcome_of is not None:
                    done[case, name] = outcome_of
                    append(store, outcome_of)
    for tool, seed in HISTORIES:
        case = f"healthy history {tool} {seed}"
        done.setdefault((case, "histories"), healthy_history(tool, seed))
    for log in (*BROKEN, *REPORTED):
        for seed in SEEDS_OF_BROKEN:
            done.setdefault((f"history: {log.name}", f"histories {seed}"), broken_history(log, seed))
    return [o for o in done.values() if o.set_name in names or o.set_name.startswith("histories")]


def read(store: Path) -> list[Outcome]:
    """Return the outcomes in a file of one JSON object a line; none where there is no file."""
    if not store.is_file():
        return []
    rows = [json.loads(line) for line in store.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [Outcome(**(row | {key: tuple(row[key]) for key in ("codes", "named")})) for row in rows]


def append(store: Path, outcome_of: Outcome) -> None:
    """Add an outcome to the file."""
    with store.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(outcome_of)) + "\n")


def main() -> None:
    """Answer the sets given as words, the tuned ones by default, and print what was not named first."""
    warnings.filterwarnings("ignore")
    names = tuple(w for w in sys.argv[1:] if w in ALL) or (*TUNED_ON, *DRAWN)
    for one in answered(names, Path(os.environ.get("FIELD_STORE", "field-tuned.jsonl"))):
        alarm = one.named or one.error if not one.codes else one.counts and one.place
        if alarm:
            print(f"{one.place:3} {one.harm:.3f} {one.fault:44} {one.set_name:14} {one.named} {one.error}")


if __name__ == "__main__":
    main()
