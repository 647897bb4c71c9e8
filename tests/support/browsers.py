"""A headless Chromium for tests of pages; they are skipped where none is installed."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WAIT_MS = 90_000


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """Yield a headless Chromium, started with these flags; the test is skipped where none is installed."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("no Chromium is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(flags))
        yield browser
        browser.close()


def state_when(page: Page, pattern: str) -> str:
    """Return the page's status line as soon as it matches a regular expression, or tells of an error."""
    script = """(pattern) => {
        const line = document.getElementById("state");
        return (line.className === "bad" || new RegExp(pattern).test(line.textContent)) && line.textContent;
    }"""
    return str(page.wait_for_function(script, arg=pattern, timeout=WAIT_MS).json_value())


def downloaded(page: Page, selector: str) -> bytes:
    """Return the file that a click on an element saves."""
    with page.expect_download() as download:
        page.click(selector)
    return Path(download.value.path()).read_bytes()
