"""The machine that training runs on."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Machine:
    """Cores and memory that this process may use, the GPU if there is one, and whether bf16 is fast here."""

    cores: int
    memory_gb: float
    gpu: str | None
    gpu_memory_gb: float
    bf16: bool
    system: str


def this_machine() -> Machine:
    """Look at this machine; takes a second, since torch is asked for GPUs."""
    import torch

    gpu = torch.cuda.get_device_properties(0) if torch.cuda.is_available() else None
    return Machine(
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_gb=round(_memory_bytes() / 2**30, 1),
        gpu=gpu.name if gpu else None,
        gpu_memory_gb=round(gpu.total_memory / 2**30, 1) if gpu else 0.0,
        bf16=torch.cuda.is_bf16_supported(including_emulation=False) if gpu else _cpu_has_bf16(),
        system=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"torch {torch.__version__}",
    )


def _cpu_has_bf16() -> bool:
    """True where the CPU multiplies bf16 itself; emulated, it is slower than fp32."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def _memory_bytes() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return 8 * 2**30
