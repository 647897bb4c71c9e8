"""What a figure was measured on: processor, cores, versions."""

import platform
from importlib.metadata import PackageNotFoundError, version

from maskwright.planning.machine import this_machine

PACKAGES = ("torch", "torchvision", "timm", "segmentation-models-pytorch", "albumentations", "scikit-learn", "numpy")


def machine_lines() -> list[str]:
    """Return two lines: cores that this process may use, processor and system; versions of what computes."""
    machine = this_machine()
    device = machine.gpu or (f"{machine.cores} CPU cores" if machine.cores > 1 else "1 CPU core")
    versions = ", ".join(f"{name} {found}" for name in PACKAGES if (found := _version(name)))
    return [f"{device}, {_processor()}, {platform.system()}, Python {platform.python_version()}", versions]


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
