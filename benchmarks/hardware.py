"""What a figure was measured on, and when: processor, cores, versions, commit."""

import platform
import subprocess
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from maskwright.planning.machine import this_machine

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
    changed = "+" if commit and _git("status", "--porcelain", "--untracked-files=no") else ""
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
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123 - a pseudo file
            return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()
