"""A disk that fills up during a training: one line says so, and with more space the training goes on to its end."""

import shutil
import subprocess
from pathlib import Path

from benchmarks.reliability.commands import Ended, run, train_words
from benchmarks.reliability.results import Figures, differences

STEPS = 12
SHARES = (0.02, 0.3, 0.6, 0.9, 0.99)
"""Sizes of the disk, of the most that the training needs at once."""
PLENTY_BYTES = 256 << 20


def fill_disks(photos: Path, work: Path) -> Figures:
    """Train on disks of five sizes that are too small, then enlarge each and resume; needs the right to mount."""
    figures = Figures("a full disk")
    disk, reference = work / "disk", work / "reference"
    disk.mkdir()
    needed = _needed(photos, reference, work)
    for share in SHARES:
        try:
            _mount(disk, round(needed * share))
        except subprocess.CalledProcessError:
            figures.notes.append("not tried: mounting a small disk needs root")
            return figures
        try:
            figures.count([f"{share:.0%} of {needed:,} bytes: {line}" for line in _one(photos, disk, reference, work)])
        finally:
            subprocess.run(["umount", disk], check=True)
    shutil.rmtree(reference)
    return figures


def _needed(photos: Path, reference: Path, work: Path) -> int:
    """Train undisturbed; return the bytes that the folder and its largest file, written twice, take."""
    run(train_words(photos, reference, steps=STEPS), work / "log")
    sizes = [path.stat().st_size for path in reference.rglob("*") if path.is_file()]
    return sum(sizes) + 3 * max(sizes)


def _one(photos: Path, disk: Path, reference: Path, work: Path) -> list[str]:
    out = disk / "run"
    words = train_words(photos, out, steps=STEPS)
    first = run(words, work / "log")
    problems = _refusal(first, out)
    subprocess.run(["mount", "-o", f"remount,size={PLENTY_BYTES}", disk], check=True)
    if first.code:
        again = run([*words, "--resume"], work / "log")
        problems += [f"resumed: exit code {again.code}: {again.error}"] if again.code else []
    return problems + differences(out, reference)


def _refusal(ended: Ended, out: Path) -> list[str]:
    if ended.code == 0:
        return []
    lines = ended.error.strip().splitlines()
    told = len(lines) == 1 and ("No space left" in lines[0] or "disk is full" in lines[0])
    problems = [] if told and ended.code == 2 else [f"exit code {ended.code}: {ended.error.strip()[:300]}"]
    return problems + [f"{path.name} is left over" for path in out.rglob(".maskwright-*")]


def _mount(disk: Path, size_bytes: int) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "none", disk], check=True, capture_output=True)
