"""What a figure was measured on, and when: processor, cores, versions, commit."""

import platform
import subprocess
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from maskwright.planning.machine import this_machine

INSTRUCTIONS = {"amx_bf16": "AMX", "avx512_bf16": "AVX-512 with bf16", "avx512f": "AVX-512", "avx2": "AVX2"}
"""Flags of the processor, the fastest first, and how they are shown."""
PACKAGES = ("torch", "torchvision", "timm", "segmentation-models-pytorch", "albumentations", "scikit-learn", "numpy")


def machine_lines() -> list[str]:
    """Return two lines: cores that this process may use, processor and system; versions of what computes."""
    machine = this_machine()
    device = machine.gpu or (f"{machine.cores} CPU cores" if machine.cores > 1 else "1 CPU core")
    versions = ", ".join(f"{name} {found}" for name in PACKAGES if (found := _version(name)))
    return [f"{device}, {_processor()}, {platform.system()}, Python {platform.python_version()}", versions]


def now_and_commit() -> str:
    """Return the day, the time and the commit that is checked out, a `+` behind it where files were changed since."""
    now = time.strftime("%Y-%m-%d %H:%M")
    commit = _git("rev-parse", "--short", "HEAD")
    code_alone = ("--", ":/src", ":/benchmarks", ":(top,exclude)benchmarks/leaderboard/cells")  # not what it writes
    changed = "+" if commit and _git("status", "--porcelain", "--untracked-files=no", *code_alone) else ""
    return f"{now}, commit {commit}{changed}" if commit else now


def _git(*words: str) -> str:
    try:
        run = subprocess.run(["git", *words], cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return run.stdout.strip()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _processor() -> str:
    """Return the processor's name and the widest instructions that it has, which decide its speed."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123 - a pseudo file
            facts = dict(line.partition(":")[::2] for line in lines if ":" in line)
    except OSError:
        return platform.processor()
    values = {name.strip(): value.strip() for name, value in facts.items()}
    flags = values.get("flags", "").split()
    widest = next((shown for flag, shown in INSTRUCTIONS.items() if flag in flags), "")
    return f"{values.get('model name', platform.processor())}{widest and f' ({widest})'}"
