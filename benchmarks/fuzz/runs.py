"""Damaged run files, plans and settings: `python -m benchmarks.fuzz.runs RUN`; each must be refused in one line.

Every case changes one file of a copy of the run, or is one `--set`. Exit code 1 if something else than a
MaskwrightError of one line came out.
"""

import json
import random
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from maskwright.diagnosis.history.read import read_history as read_any_history
from maskwright.errors import MaskwrightError
from maskwright.planning.plan_file import plan_of_run
from maskwright.planning.setting_list import setting_list
from maskwright.planning.settings import read_settings
from maskwright.report.run_page import write_run_report
from maskwright.runs.folder import read_history, read_run_facts
from maskwright.runs.request import stored_request

ROUNDS = 250
JSON_FILES = ("run.json", "findings.json", "evaluation.json", "asked.json")
JUNK = (
    None,
    True,
    -1,
    1e999,
    float("nan"),
    10**4000,
    "x",
    "",
    [],
    {},
    [[]],
    "\ud800",
    "a\0b",
    {"a": 1},
    [1, 2],
    [None],
)
VALUES = (
    *("", "1e999", "nan", "9" * 5000, "[" * 3000, "[" * 3000 + "]" * 3000, "[[1]]", "{a=1}", "2026-01-01", "-1", "0"),
    *("x", "true", "''", "[1,'a']", "\0", "[1e999]", "1" * 4301),
)
TEXTS = ("", "=", "==", "a", "a.b.c=1", ".=1", "net.=1", ".net=1", "\0=1", "net=", "augment=", "check=", "why.x=1")

Case = tuple[str, Callable[[], object]]


def cases(run: Path, rng: random.Random) -> Iterator[Case]:
    """Yield a name and a call for each case; the files of `run` are as they were after each."""
    for _ in range(ROUNDS):
        for name in JSON_FILES:
            yield from _with_file(run / name, _damaged_json((run / name).read_text(), rng), _readers(run))
        yield from _with_file(run / "plan.toml", _damaged_lines((run / "plan.toml").read_text(), rng), _readers(run))
        yield from _with_file(run / "history.csv", _damaged_csv((run / "history.csv").read_text(), rng), _readers(run))
    for text in (*TEXTS, *(f"{row.key}={value}" for row in setting_list() for value in VALUES)):
        yield f"--set {text[:40]!r}", lambda text=text: read_settings([text])  # type: ignore[misc]


def _readers(run: Path) -> tuple[Callable[[], object], ...]:
    return (
        lambda: read_run_facts(run),
        lambda: stored_request(run),
        lambda: plan_of_run(run),
        lambda: read_history(run),
        lambda: read_any_history(run / "history.csv"),
        lambda: write_run_report(run),
    )


def _with_file(path: Path, text: str, readers: tuple[Callable[[], object], ...]) -> Iterator[Case]:
    good = path.read_bytes()
    path.write_text(text)
    for reader in readers:
        yield path.name, reader
    path.write_bytes(good)


def _damaged_json(text: str, rng: random.Random) -> str:
    sys.set_int_max_str_digits(0)
    damaged = json.dumps(_damaged(json.loads(text), rng))
    sys.set_int_max_str_digits(4300)
    return damaged[: rng.randrange(len(damaged) + 1)] if rng.random() < 0.2 else damaged


def _damaged(value: object, rng: random.Random) -> object:
    """Return the value with one part missing, replaced or damaged itself."""
    if isinstance(value, dict) and value and rng.random() < 0.8:
        key, choice = rng.choice(list(value)), rng.random()
        if choice < 0.2:
            return {other: inner for other, inner in value.items() if other != key}
        return {**value, key: rng.choice(JUNK) if choice < 0.5 else _damaged(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.8:
        index = rng.randrange(len(value))
        return [*value[:index], _damaged(value[index], rng), *value[index + 1 :]]
    return rng.choice(JUNK)


def _damaged_lines(text: str, rng: random.Random) -> str:
    lines = text.splitlines()
    index = rng.randrange(len(lines))
    lines[index] = f"{lines[index].partition('=')[0]}={rng.choice(VALUES)}"
    return "\n".join(lines).replace("\0", "\\u0000" if rng.random() < 0.5 else "")


def _damaged_csv(text: str, rng: random.Random) -> str:
    junk = rng.choice(("x", "", "1e999", "\0", ",,", "9" * 5000))
    return text.replace(rng.choice("0123456789,.\n"), junk, rng.randrange(1, 4))


def main() -> int:
    """Run all cases on a copy of the run; print what escaped, and how many there were."""
    count = escaped = 0
    with tempfile.TemporaryDirectory() as folder:
        run = Path(shutil.copytree(sys.argv[1], Path(folder) / "run"))
        for name, call in cases(run, random.Random(0)):
            count += 1
            try:
                call()
            except MaskwrightError as error:
                problem = "more than one line" if "\n" in str(error) else ""
            except Exception as error:  # what is looked for
                if "-v" in sys.argv:
                    traceback.print_exc()
                problem = f"{type(error).__name__}: {str(error)[:120]}"
            else:
                problem = ""
            if problem:
                escaped += 1
                print(f"{name}: {problem}")
    print(f"{count} cases, {escaped} escaped")
    return int(escaped > 0)


if __name__ == "__main__":
    sys.exit(main())
