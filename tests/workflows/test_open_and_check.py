from pathlib import Path

import pytest

from maskwright.planning.machine import _may_have_gpu, this_machine
from tests.support.commands import in_own_process

CHECK = "import sys; from maskwright.cli.main import main; code = main(sys.argv[1:]); assert 'torch' not in sys.modules"


@pytest.mark.skipif(_may_have_gpu(), reason="torch is asked for the GPU that may be here")
def test_a_check_loads_no_torch_where_no_gpu_can_be(discs: Path) -> None:
    done = in_own_process(CHECK, "check", discs)
    assert done.returncode == 0, done.stderr
    assert "photos" in done.stdout


def test_a_machine_without_a_gpu_has_no_memory_on_it() -> None:
    machine = this_machine()
    assert (machine.gpu is None) == (machine.gpu_memory_gb == 0)
    assert machine.cores >= 1
    assert "torch" in machine.system
