"""The machine that training runs on."""

import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from maskwright.concurrency.usable_cores import usable_cores


@dataclass(frozen=True)
class Machine:
    """Cores that this process may use, the GPU if there is one, and whether bf16 is fast here.

    >>> mw.Machine(cores=8, gpu=None, gpu_memory_gb=0.0, bf16=False, system="Linux").cores
    8
    """

    cores: int
    gpu: str | None
    gpu_memory_gb: float
    bf16: bool
    system: str


def this_machine() -> Machine:
    """Return the facts of this machine; torch, which takes a second to import, is only asked if there may be a GPU.

    >>> mw.this_machine().cores >= 1
    True
    """
    gpu, gpu_memory_gb, bf16 = _gpu() or (None, 0.0, _cpu_has_bf16())
    return Machine(
        cores=usable_cores(),
        gpu=gpu,
        gpu_memory_gb=gpu_memory_gb,
        bf16=bf16,
        system=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"torch {version('torch')}",
    )


def _may_have_gpu() -> bool:
    """True if a driver of NVIDIA or AMD is loaded; always on other systems than Linux."""
    drivers = ("nvidiactl", "nvmap", "dxg", "kfd")  # a card, a Jetson, Windows beneath, AMD
    return platform.system() != "Linux" or any(Path(f"/dev/{name}").exists() for name in drivers)


def _gpu() -> tuple[str, float, bool] | None:
    """Return the name, the memory in GiB and the bf16 support of the GPU that torch sees; None without one."""
    if not _may_have_gpu():
        return None
    import torch

    if not torch.cuda.is_available():
        return None
    gpu = torch.cuda.get_device_properties(0)
    return gpu.name, round(gpu.total_memory / 2**30, 1), torch.cuda.is_bf16_supported(including_emulation=False)


def _cpu_has_bf16() -> bool:
    """True if the CPU multiplies bf16 itself; emulated, it is slower than fp32."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
