"""One page of the run of the discs, exported once for all tests of pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from maskwright.errors import ConfigError
from maskwright.inference.exported.onnxruntime_web import OrtWeb, fetch_ort_web
from tests.support.browsers import chromium
from tests.support.commands import call


@pytest.fixture(scope="session")
def runtime() -> OrtWeb:
    """Return ONNX Runtime Web; the test is skipped where npm cannot fetch it."""
    try:
        return fetch_ort_web(lambda _: None)
    except ConfigError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def page_file(runtime: OrtWeb, disc_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of the run of the discs."""
    assert runtime.wasm
    file = tmp_path_factory.mktemp("page") / "discs.html"
    assert call("export", disc_run, "--to", "html", "--out", file) == 0
    return file


@pytest.fixture
def browser() -> Iterator[Browser]:
    """Return a headless Chromium, ended after each test: its event loop would hinder others."""
    with chromium() as started:
        yield started
