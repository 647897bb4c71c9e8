"""How soon the command line answers: `python -m benchmarks.first_line DATA`; DATA is a folder of annotated photos.

Each command runs in a process of its own, five times; the table shows the least of each. A wrong argument is to be told
within 0.3 s of CPU, the first useful line is to be there within 1 s on a quiet machine. Beside other work the CPU
seconds count.
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
    """Print seconds of CPU until a mistake is told or work says its first line, and seconds until that line."""
    print("| command | CPU s | s to the first line |\n| --- | --- | --- |")
    for words in WRONG:
        runs = [_timed(words) for _ in range(REPEATS)]
        print(_row(" ".join(words), runs), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for words in (("check", str(data)), ("plan", str(data)), ("train", str(data), "--out", f"{folder}/run")):
            runs = [_timed(words, stop=True) for _ in range(REPEATS)]
            print(_row(f"{words[0]} {data.name}", runs), flush=True)


def _row(command: str, runs: Sequence[tuple[float, float]]) -> str:
    """Return a row of the table: the least of the runs' CPU seconds and of their seconds to the first line."""
    return f"| `maskwright {command}` | {min(cpu for cpu, _ in runs):.2f} | {min(first for _, first in runs):.2f} |"


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
