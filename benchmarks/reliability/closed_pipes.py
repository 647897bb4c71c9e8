"""Commands whose output nobody reads or nothing takes: the work is done all the same, and the exit code is true."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.reliability.commands import SMALL, settings, train_words
from benchmarks.reliability.results import Figures

REFUSED = 2
"""The exit code where standard output takes nothing: part of the answer is lost."""


def commands(photos: Path, finished: Path, out: Path) -> list[list[object]]:
    """Return a command of each verb that works on photos or runs."""
    arms = ("--arm", "a: loss=ce", "--arm", "b: loss=dice", "--seeds", "1")
    return [
        ["check", photos],
        ["nets", "unet", "--untimed"],
        ["settings"],
        ["plan", photos],
        ["evaluate", finished, photos, "--json", out / "scores.json"],
        ["diagnose", finished, "--out", out / "page.html"],
        ["report", finished, "--out", out / "page.html"],
        ["convert", photos, "--to", "coco", "--out", out],
        ["export", finished, "--out", out / "model.onnx"],
        ["predict", finished, photos / "images", "--out", out],
        ["draw", "puzzles", out, "--count", "2"],
        train_words(photos, out, steps=3),
        ["compare", photos, "--out", out, *arms, *settings(*SMALL, "optim.steps=2", "split.test=0.25")],
        ["learning-curve", photos, "--out", out, "--minutes", "1", *settings(*SMALL, "optim.steps=2")],
    ]


def close_pipes(photos: Path, finished: Path, work: Path) -> Figures:
    """Run each command alone, into `head -3`, into /dev/full, and with standard output closed."""
    figures = Figures("closed pipes and full devices")
    out = work / "out"
    for words in commands(photos, finished, out):
        code, files, _ = _shell(words, out, "> /dev/null")
        for end, expected in (("| head -3 > /dev/null", code), ("> /dev/full", code or REFUSED), (">&-", code)):
            got, left, error = _shell(words, out, end)
            problems = [] if got == expected else [f"exit code {got}, not {expected}: {error[-200:]}"]
            problems += [] if left == files else [f"files differ: {sorted(left ^ files)[:4]}"]
            if "Traceback" in error or "Exception ignored" in error:
                problems.append(f"a traceback: {error[-200:]}")
            figures.count([f"{words[0]} {end}: {problem.strip()}" for problem in problems])
    return figures


def _shell(words: Sequence[object], out: Path, end: str) -> tuple[int, set[str], str]:
    """Return the command's own exit code, the files it left, and what it wrote to standard error."""
    script = f'"$@" {end}; exit ${{PIPESTATUS[0]}}'
    command = ["bash", "-c", script, "bash", sys.executable, "-m", "maskwright", *map(str, words)]
    ended = subprocess.run(command, capture_output=True, text=True)
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()} if out.exists() else set()
    shutil.rmtree(out, ignore_errors=True)
    return ended.returncode, files, ended.stderr
