import pytest

from tests.support.commands import in_own_process

IN_A_NOTEBOOK = """
import sys, warnings
import IPython, ipykernel.zmqshell
warnings.simplefilter("always")
sys.modules["ipywidgets"] = None
from maskwright.models.weights.classifiers import _bare_classifier
_bare_classifier("tf_efficientnet_lite0")
assert "tqdm.autonotebook" in sys.modules
"""


def test_a_notebook_without_ipywidgets_hears_nothing_of_bars_that_are_not_shown() -> None:
    pytest.importorskip("ipykernel")
    done = in_own_process(IN_A_NOTEBOOK)
    assert done.returncode == 0, done.stderr
    assert "IProgress" not in done.stderr
