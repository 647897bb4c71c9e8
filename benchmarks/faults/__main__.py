"""The fault-injection suite: `python -m benchmarks.faults`; trials that the same code answered are not asked again."""

import argparse
import json
import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict

from benchmarks.faults.bases import ALL, base_of
from benchmarks.faults.keys import ROOT
from benchmarks.faults.tables import as_markdown, confusion_rows, summary
from benchmarks.faults.trials import Outcome, from_json, is_known, jobs, outcome_of
from benchmarks.sets import SHARED
from maskwright.files import write_json, write_text

STORED = ROOT / "benchmarks" / "faults" / "DOCTOR.json"


def main() -> None:
    """Answer what is missing, print the table, and write DOCTOR.md, and DOCTOR.json beside this file.

    Sets and kinds that are not asked keep the answers that are stored, each with the commit that gave it.
    """
    arguments = argparse.ArgumentParser(prog="benchmarks.faults", description=__doc__)
    arguments.add_argument("--sets", nargs="*", choices=ALL, default=list(ALL))
    arguments.add_argument("--kinds", nargs="*", default=[], help="healthy, prediction, mask, serving, two, training")
    options = arguments.parse_args()
    if not SHARED.exists():
        raise SystemExit(f"{SHARED} is absent: put the photos there, its README says where they come from")
    warnings.filterwarnings("ignore")
    for name in options.sets:
        base = base_of(name)
        print(f"{name:15} IoU {base.iou:.3f}, best constant class {base.constant_iou:.3f}", flush=True)
    outcomes: list[Outcome] = []
    unknown: list[str] = []
    for trial, job in jobs(options.sets):
        if options.kinds and trial.kind not in options.kinds:
            continue
        if not is_known(trial):
            unknown += trial.codes
            continue
        started = time.monotonic()
        outcome = outcome_of(trial, job)
        if outcome is None:
            continue
        outcomes.append(outcome)
        if time.monotonic() - started > 0.5:
            said = outcome.error or ", ".join(outcome.named) or "nothing"
            print(f"{trial.kind:10} {trial.fault:34} {trial.set_name:14} {outcome.seconds:5.1f} s  {said}", flush=True)
    _tell(outcomes)
    whole = merged(_stored(), outcomes)
    write_text(ROOT / "DOCTOR.md", as_markdown(whole, unknown))
    write_json(STORED, {"summary": summary(whole), "trials": [asdict(one) for one in whole]})


def merged(before: Sequence[Outcome], new: Sequence[Outcome]) -> list[Outcome]:
    """Return the outcomes in one list, a new one in the place of the one of the same trial."""
    return list(({one.trial: one for one in before} | {one.trial: one for one in new}).values())


def _stored() -> list[Outcome]:
    if not STORED.exists():
        return []
    rows = json.loads(STORED.read_text(encoding="utf-8"))["trials"]
    return [one for row in rows if (one := from_json(row)) is not None]


def _tell(outcomes: list[Outcome]) -> None:
    print()
    for name, cases, sets, first, three, instead in confusion_rows(outcomes):
        print(f"{name:58} {cases:3} cases {sets} sets  first {first:3}  in three {three:3}  {instead}")
    print()
    for words, value in summary(outcomes).items():
        print(f"{words}: {value}")


if __name__ == "__main__":
    main()
