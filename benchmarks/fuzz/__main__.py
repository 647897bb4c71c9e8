"""Damaged inputs, each of which must be read or refused in one line: `python -m benchmarks.fuzz`.

10,000 data sets and 3,000 run files, plans, settings, weights, arrays and histories, the same in every run. Goes on
where it stopped; ends after --minutes. Exit code 1 if a case ended in something else than a MaskwrightError of one
line, wrote elsewhere, began a process, or took more than 10 s of CPU or 1.5 GB.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.fuzz.bases import SETTINGS, draw_formats, draw_photos
from benchmarks.fuzz.worker import MOST_BYTES
from benchmarks.reliability.page import write_figures

CASES = {"intake": 10_000, "runs": 3_000}
WORDS = {
    "intake": "annotations, tables, images, archives",
    "runs": "runs, plans, `--set`, weights, arrays, histories",
}
BLOCK = 1000
"""Cases that one process works through; what ends it is named, and another one goes on behind it."""


def main() -> int:
    """Run what is missing; print the problems and the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz")
    parser.add_argument(
        "--out", type=Path, default=Path("build/fuzz"), help="results and bases; remove it to start anew"
    )
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--kind", choices=CASES, action="append")
    parser.add_argument("--write", action="store_true", help="the figures into docs/reference/reliability.md")
    options = parser.parse_args()
    out = options.out.resolve()
    _bases(out)
    until = time.monotonic() + options.minutes * 60
    problems = 0
    for kind in options.kind or CASES:
        _run(kind, out, until, options.jobs)
        count, line = _summary(kind, out)
        problems += count
        if options.write:
            write_figures(f"fuzz {kind}", line)
    return int(problems > 0)


def _bases(out: Path) -> None:
    if (out / "ready").exists():
        return
    draw_formats(out / "intake")
    photos = draw_photos(out / "photos", count=8)
    (out / "runs").mkdir()
    words = [word for setting in SETTINGS for word in ("--set", setting)]
    command = [sys.executable, "-m", "maskwright", "train", str(photos), "--out", str(out / "runs/run"), *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    (out / "ready").touch()


def _run(kind: str, out: Path, until: float, jobs: int) -> None:
    """Run blocks of cases in processes of their own until all are done or the time is over."""
    blocks = [(first, min(first + BLOCK, CASES[kind])) for first in range(0, CASES[kind], BLOCK)]
    running: dict[subprocess.Popen[bytes], tuple[int, int]] = {}
    while (blocks or running) and time.monotonic() < until:
        for process in [one for one in running if one.poll() is not None]:
            blocks.insert(0, running.pop(process))  # what a killed process left is run by the next one
        while blocks and len(running) < jobs:
            first, end = blocks.pop(0)
            results = out / f"{kind}-{first:05}.jsonl"
            begun = max((line["case"] + 1 for line in _lines(results)), default=first)
            if begun < end:
                command = [sys.executable, "-m", "benchmarks.fuzz.worker", kind, out / kind, results]
                process = subprocess.Popen([*map(str, command), str(begun), str(end)])
                running[process] = (first, end)
        time.sleep(0.1)
    for process, (first, _) in running.items():
        process.terminate()
        process.wait()
        _forget_unfinished(out / f"{kind}-{first:05}.jsonl")


def _forget_unfinished(results: Path) -> None:
    """Remove the case that the end of the time interrupted; the next run begins with it."""
    lines = _lines(results)
    if lines and "peak" not in lines[-1]:
        results.write_text("".join(f"{json.dumps(line)}\n" for line in lines[:-1]))


def _lines(results: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []


def _summary(kind: str, out: Path) -> tuple[int, str]:
    """Print the problems and one line of figures; return the number of problems, and the line for the page."""
    ends: dict[int, dict[str, Any]] = {}
    for path in sorted(out.glob(f"{kind}-*.jsonl")):
        ends.update({line["case"]: line for line in _lines(path)})
    for line in ends.values():
        if "peak" not in line:
            line["problem"] = "ended its process: more than 10 s of CPU, or a crash"
        elif line["peak"] > MOST_BYTES:
            line["problem"] = f"{line['peak'] / 2**30:.1f} GB"
    bad = [line for line in ends.values() if line["problem"]]
    for line in bad:
        print(f"{kind} {line['case']} {line['what']}: {line['problem']}")
    slowest = max((line.get("seconds", 0) for line in ends.values()), default=0)
    peak = max((line.get("peak", 0) for line in ends.values()), default=0)
    figures = f"{len(bad)} problems, slowest {slowest:.1f} s, peak {peak / 2**30:.2f} GB"
    print(f"{kind}: {len(ends):,} cases, {figures}")
    return len(bad), f"**{WORDS[kind]}**: {len(ends):,} of {CASES[kind]:,} cases, {figures}"


if __name__ == "__main__":
    sys.exit(main())
