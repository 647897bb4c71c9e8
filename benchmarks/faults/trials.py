"""Trials of the suite: one injected fault (or none, or two) on one set, diagnosed once and kept on disk."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from benchmarks import cache
from benchmarks.faults.artefacts import FAULTS, Array, Fault, Pairs, healthy
from benchmarks.faults.bases import ALL, TUNED_ON, Base, Shown, base_of
from benchmarks.faults.keys import CACHE, commit, trial_code
from benchmarks.faults.mask_faults import MASK_FAULTS, as_given, labelled_once
from benchmarks.faults.skews import SKEWS, served
from benchmarks.faults.trainings import TRAININGS, trained
from maskwright.checks.array_pairs import check_pairs
from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.evidence import Evidence, mean_iou
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.errors import MaskwrightError
from maskwright.findings.catalogue import catalogue
from maskwright.findings.finding import Finding

PLACES = (("mask-flipped",), ("mask-turned",), ("mask-shifted",))
"""Faults of masks that some photos cannot show, as `check_pairs` then says."""
WELL_ABOVE = 0.1
"""A base is healthy where its IoU is this much above the best constant class."""
AGAIN = ("isbi_membrane", "drawn_puzzles", "crackforest", "futoshiki")
"""Sets that are trained with a second seed, for more healthy runs."""
TWO_AT_ONCE = (
    ("pred-shifted (ids)", "pred-speckled"),
    ("pred-flipped (left-right)", "pred-speckled"),
    ("pred-flipped (upside down)", "threshold-off (too low)"),
    ("pred-shifted (maps)", "threshold-off (too high)"),
    ("classes-swapped", "pred-shifted (ids)"),
    ("classes-offset", "pred-flipped (left-right)"),
    ("pred-inverted", "pred-shifted (maps)"),
)


@dataclass(frozen=True)
class Trial:
    """What was injected (`codes`: names that are right; none for a healthy one; for two faults both), and where."""

    kind: str
    fault: str
    codes: tuple[str, ...]
    set_name: str
    seed: int = 0

    @property
    def is_tuned(self) -> bool:
        """Tell whether thresholds were set with this set in sight."""
        return self.set_name in TUNED_ON

    @property
    def key(self) -> str:
        """A file name."""
        return re.sub(r"[^a-z0-9]+", "-", f"{self.kind} {self.fault} {self.set_name} {self.seed}".lower())


@dataclass(frozen=True)
class Outcome:
    """What was said: codes in order, notes left out (`notes` holds them); `error` where it was refused.

    `cost` is the IoU that a fault of predictions or serving takes away: one that takes nothing away cannot be seen.
    `unseen`: it was said that faults of this kind could not be told with what was given. `commit` is the code that
    answered.
    """

    trial: Trial
    named: tuple[str, ...]
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    error: str = ""
    cost: float | None = None
    unseen: bool = False
    commit: str = ""


@dataclass(frozen=True)
class Answer:
    """What was found, and how much IoU the injected fault costs, None where that is not measured."""

    findings: Sequence[Finding]
    cost: float | None = None


Job = Callable[[], Sequence[Finding] | Answer | None]


def jobs(sets: Sequence[str] = ALL) -> Iterator[tuple[Trial, Job]]:
    """Yield every trial with what answers it: answered None where the set cannot have the fault."""
    for name in sets:
        for seed in (0, 1) if name in AGAIN else (0,):
            yield from _healthy_jobs(name, seed)
        for fault in FAULTS:
            trial = Trial("prediction", fault.name, (fault.code,), name)
            yield trial, lambda name=name, fault=fault: _diagnosed(base_of(name), fault)  # type: ignore[misc]
        for mask_fault in MASK_FAULTS:
            trial = Trial("mask", mask_fault.name, (mask_fault.code, *mask_fault.also), name)
            yield trial, lambda name=name, fault=mask_fault: _checked(fault.inject(base_of(name)))  # type: ignore[misc]
        for code in SKEWS:
            yield Trial("serving", code, (code,), name), lambda name=name, code=code: _served(base_of(name), code)  # type: ignore[misc]
        for first, second in TWO_AT_ONCE:
            codes = (_named(first).code, _named(second).code)
            trial = Trial("two", f"{first} + {second}", codes, name)
            yield trial, lambda name=name, pair=(first, second): _both(base_of(name), *pair)  # type: ignore[misc]
    for one in TRAININGS:
        for name in one.sets:
            if name in sets:
                kind = "training" if one.codes else "healthy"
                trial = Trial(kind, one.name, one.codes, name)
                yield trial, lambda name=name, one=one: trained(one, name, CACHE / "trainings")  # type: ignore[misc]


def _healthy_jobs(name: str, seed: int) -> Iterator[tuple[Trial, Job]]:
    kinds: dict[str, Callable[[Base], Sequence[Finding] | None]] = {
        "answers as ids": lambda base: _found(base, healthy(base, as_ids=True)),
        "answers as maps": lambda base: _found(base, healthy(base, as_ids=False)),
        "odd photos": lambda base: _found(base, healthy(base, as_ids=False)[::2]),
        "even photos": lambda base: _found(base, healthy(base, as_ids=True)[1::2]),
        "served as trained": _served_right,
    }
    for what, look in kinds.items():
        trial = Trial("healthy", what, (), name, seed)
        yield trial, lambda look=look: look(base_of(name, seed)) if is_healthy(base_of(name, seed)) else None  # type: ignore[misc]
    if seed == 0:
        yield (
            Trial("healthy", "photos and masks", (), name),
            lambda: check_pairs(labelled_once(as_given(base_of(name)))),
        )


def is_healthy(base: Base) -> bool:
    """Tell whether the base is well above the best constant class."""
    return base.iou > base.constant_iou + WELL_ABOVE


def _named(name: str) -> Fault:
    return next(fault for fault in FAULTS if fault.name == name)


def _read(base: Base, pairs: Pairs) -> Evidence:
    return read_pairs(list(pairs), classes=base.classes)


def _found(base: Base, pairs: Pairs) -> list[Finding]:
    return diagnose(_read(base, pairs))


def _diagnosed(base: Base, fault: Fault) -> Answer | None:
    pairs = fault.inject(base) if is_healthy(base) or fault.code == "score-collapse" else None
    if pairs is None:
        return None
    evidence = _read(base, pairs)
    return Answer(diagnose(evidence), _cost(base, evidence))


def _checked(pairs: Sequence[tuple[object, object]] | None) -> list[Finding] | None:
    return None if pairs is None else check_pairs(pairs)


def _served_right(base: Base) -> list[Finding] | None:
    answer = served(base, "")
    return None if answer is None else answer[0]


def _served(base: Base, code: str) -> Answer | None:
    answer = served(base, code) if is_healthy(base) else None
    return None if answer is None else Answer(*answer)


def _both(base: Base, first: str, second: str) -> Answer | None:
    """Inject the second fault into what the first has left; the cost is that of the cheaper one by itself."""
    if not is_healthy(base):
        return None
    pairs, alone = _named(first).inject(base), _named(second).inject(base)
    if pairs is None or alone is None:
        return None
    changed = tuple(_as_shown(base, index, stored) for index, (_, stored) in enumerate(pairs))
    both = _named(second).inject(replace(base, held_out=changed))
    if both is None:
        return None
    return Answer(_found(base, both), min(_cost(base, _read(base, one)) for one in (pairs, alone)))


def _cost(base: Base, evidence: Evidence) -> float:
    return base.iou - mean_iou(evidence.table, base.classes)


def _as_shown(base: Base, index: int, stored: Array) -> Shown:
    one = base.held_out[index]
    if stored.dtype.kind in "ui":
        count = max(len(base.classes), int(stored.max()) + 1)
        maps = (stored[None] == np.arange(count)[:, None, None]).astype(np.float32)
    else:
        maps = np.stack([1 - stored, stored]) if stored.ndim == 2 else stored
    return replace(one, probabilities=maps)


def outcome_of(trial: Trial, job: Job) -> Outcome | None:
    """Return the outcome of a trial, from disk if the same code gave it; None if the set cannot have the fault."""
    code = trial_code("training" if trial.fault == "healthy" else trial.kind)
    path = CACHE / "trials" / f"{trial.key}.json"
    if (values := cache.known(path, code)) is not None:
        return from_json(values)
    started = time.monotonic()
    found: Sequence[Finding] | Answer | None
    try:
        found, error = job(), ""
    except MaskwrightError as refusal:
        found, error = [], str(refusal)
    cost = found.cost if isinstance(found, Answer) else None
    found = found.findings if isinstance(found, Answer) else found
    if found is None:
        outcome = None
    else:
        named = tuple(f.code for f in found if f.severity != "note")
        notes = tuple(f.code for f in found if f.severity == "note")
        unseen = trial.codes[:1] in PLACES and any(f.code == "not-checked" and f.photos for f in found)
        outcome = Outcome(trial, named, notes, time.monotonic() - started, error, cost, unseen, commit())
    cache.keep(path, code, asdict(outcome) if outcome else {"trial": None})
    return outcome


def from_json(values: dict[str, Any]) -> Outcome | None:
    """Return the outcome that was stored as JSON; None where the set cannot have the fault."""
    if values["trial"] is None:
        return None
    trial = Trial(**{**values["trial"], "codes": tuple(values["trial"]["codes"])})
    return Outcome(**{**values, "trial": trial, "named": tuple(values["named"]), "notes": tuple(values["notes"])})


def is_known(trial: Trial) -> bool:
    """Tell whether every code that would be right is in the table of findings."""
    return all(code in catalogue() for code in trial.codes) or (
        trial.kind == "training" and any(c in catalogue() for c in trial.codes)
    )
