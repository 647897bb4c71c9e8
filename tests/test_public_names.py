import json
import sys

import pytest

import maskwright as mw
from tests.support.commands import in_own_process

HEAVY = ("torch", "cv2", "numpy", "lightning_fabric", "timm", "segmentation_models_pytorch", "pydantic")


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    for name in mw.__all__:
        value = getattr(mw, name)
        assert name == "__version__" or value.__doc__, name
        assert name in dir(mw)


def test_the_verbs_of_the_documentation_are_public() -> None:
    verbs = {
        "open_dataset",
        "convert",
        "check",
        "split",
        "make_plan",
        "measure",
        "this_machine",
        "Request",
        "train",
        "fit",
        "load",
        "read_photo",
    }
    assert verbs | {"evaluate", "write_report", "diagnose", "check_pairs", "MaskwrightError"} <= set(mw.__all__)


def test_a_renamed_name_still_works_with_a_warning() -> None:
    with pytest.warns(DeprecationWarning, match=r"maskwright\.Wishes is called maskwright\.Request now"):
        assert mw.Wishes is mw.Request


def test_an_unknown_name_is_an_attribute_error_that_lists_the_known_ones() -> None:
    with pytest.raises(AttributeError, match=r"no public name 'fitt'.*open_dataset"):
        mw.fitt  # noqa: B018


def test_train_is_the_function_even_after_its_folder_was_imported() -> None:
    import maskwright.training.loop

    assert mw.train is maskwright.training.loop.train


@pytest.mark.parametrize("first", ["train", "split", "check", "convert", "measure", "evaluate", "load"])
def test_a_name_is_the_same_whatever_was_imported_before(first: str) -> None:
    assert callable(getattr(mw, first))
    assert getattr(mw, first).__name__ == first


@pytest.mark.parametrize("code", ["import maskwright", "from maskwright.cli.main import main; main(['--help'])"])
def test_importing_and_help_load_nothing_heavy(code: str) -> None:
    told = (
        "import sys, json, atexit; atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))\n"
    )
    done = in_own_process(told + code)
    assert done.returncode == 0
    assert not set(HEAVY) & set(json.loads(done.stderr.splitlines()[-1]))


def test_the_version_is_the_one_of_the_installed_package() -> None:
    done = in_own_process("from maskwright.cli.main import main; main(['--version'])")
    assert done.stdout.strip() == f"maskwright {mw.__version__}"
    assert sys.version_info >= (3, 11)
