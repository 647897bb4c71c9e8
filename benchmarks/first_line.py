"""How soon the command line answers: `python -m benchmarks.first_line DATA`; DATA is a folder of annotated photos.

Each command runs in a process of its own, five times; the table shows the least of each. A wrong argument is to be told
within 0.3 s of CPU, the first useful line is to be there within 1 s on a quiet machine.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

REPEATS = 5
WRONG = (
    ("train", "nosuch"),
    ("trian", "photos"),
    ("train", "photos", "--minuts", "5"),
    ("train", "photos", "--epochs", "5"),
    ("evaluate", "nosuch", "nosuch"),
    ("draw", "coil", "out"),
)


def main(data: Path) -> None:
    """Print seconds of CPU until a mistake is told, and seconds until the first line of work."""
    print("| command | CPU s to the end | s to the first line |\n| --- | --- | --- |")
    for words in WRONG:
        runs = [_timed(words) for _ in range(REPEATS)]
        print(
            f"| `maskwright {' '.join(words)}` | {min(cpu for cpu, _ in runs):.2f} | {_least(runs):.2f} |", flush=True
        )
    with tempfile.TemporaryDirectory() as folder:
        for words in (("check", str(data)), ("plan", str(data)), ("train", str(data), "--out", f"{folder}/run")):
            runs = [_timed(words, stop=True) for _ in range(REPEATS)]
            print(f"| `maskwright {words[0]} {data.name}` | - | {_least(runs):.2f} |", flush=True)


def _least(runs: Sequence[tuple[float, float]]) -> float:
    return min(first for _, first in runs)


def _timed(words: Sequence[str], *, stop: bool = False) -> tuple[float, float]:
    """Return CPU seconds of the whole process, and seconds until its first line; with `stop` it ends there."""
    before, began = _child_cpu(), time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "maskwright", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert process.stdout is not None
    process.stdout.readline()
    first = time.monotonic() - began
    if stop:
        process.kill()
    process.communicate()
    return _child_cpu() - before, first


def _child_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(Path(sys.argv[1]))
