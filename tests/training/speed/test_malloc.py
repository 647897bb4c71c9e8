import os
import platform
import subprocess
import sys
import textwrap

import pytest

from maskwright.training.speed.malloc import freed_memory_kept

GLIBC = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator")

BLOCKS_OF_THE_SYSTEM = {"OMP_NUM_THREADS": "1", "MALLOC_MMAP_THRESHOLD_": "131072"}
"""What glibc does at worst; left to itself it depends on where a process's heap happens to lie."""


def number_from(code: str) -> int:
    """Return the number that the code prints last, run in a process of its own: what it does to memory stays there."""
    told = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **BLOCKS_OF_THE_SYSTEM},
    )
    return int(told.stdout.split()[-1])


PAGE_FAULTS = """
    import resource
    from contextlib import nullcontext
    import torch
    from maskwright.training.speed.malloc import freed_memory_kept

    def faults():
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

    with {context}:
        for _ in range(3):
            [torch.ones(4_000_000) for _ in range(8)]
        before = faults()
        for _ in range(10):
            [torch.ones(4_000_000) for _ in range(8)]
        print(faults() - before)
"""


@GLIBC
def test_blocks_are_used_again_and_not_cleared_anew_by_the_system() -> None:
    usual = number_from(PAGE_FAULTS.format(context="nullcontext()"))
    kept = number_from(PAGE_FAULTS.format(context="freed_memory_kept()"))
    assert kept < 100
    assert kept < usual / 10


@GLIBC
def test_the_system_gets_its_memory_back_afterwards() -> None:
    resident_mb = """
        import os
        import torch
        from maskwright.training.speed.malloc import freed_memory_kept

        def resident():
            return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20

        torch.ones(10)
        before = resident()
        with freed_memory_kept():
            kept = [torch.ones(4_000_000) for _ in range(10)]
            del kept
            assert resident() - before > 100
        print(max(0, resident() - before))
    """
    assert number_from(resident_mb) < 20


def test_what_happens_within_comes_out() -> None:
    with pytest.raises(KeyError), freed_memory_kept():
        raise KeyError
