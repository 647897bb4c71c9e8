"""Packages that only some commands need: imported when used, and named in one line where they are missing."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from maskwright.errors import ConfigError


def import_extra(module: str, extra: str, *, purpose: str) -> Any:  # noqa: ANN401 - a module: its names are its own
    """Return a module of an optional package; ConfigError says what to install for `purpose` where it is missing."""
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise ConfigError(
            f"{purpose} needs the package {package}, which is not installed: pip install 'maskwright[{extra}]'"
        ) from error


def import_openvino() -> Any:  # noqa: ANN401 - a module: its names are its own
    """Return OpenVINO, which else reports each import to Google Analytics."""
    with without_openvino_telemetry():
        return import_module("openvino")


@contextmanager
def without_openvino_telemetry() -> Iterator[None]:
    """Import OpenVINO or NNCF within it: both report nothing where the package openvino_telemetry is missing."""
    name = "openvino_telemetry"
    if name in sys.modules:  # imported by others, as they want it
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # what makes Python take it for missing
    try:
        yield
    finally:
        sys.modules.pop(name, None)


@contextmanager
def quiet_import() -> Iterator[None]:
    """Import timm or smp within it: in a notebook without ipywidgets the tqdm behind them warns of bars of its own."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "IProgress not found")
        yield
