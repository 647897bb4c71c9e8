"""Showing what has an HTML form: in the notebook itself, or as a page in the browser."""

import sys
import tempfile
import webbrowser
from pathlib import Path
from typing import Protocol


class HasHtml(Protocol):
    """What a notebook shows as HTML."""

    def _repr_html_(self) -> str: ...


def show(value: HasHtml) -> Path | None:
    """Show the value: in a notebook below its cell, else in the browser; return the page, None in a notebook.

    The page is a file of its own in the folder for temporary files, and needs no network.
    """
    if _in_notebook():
        from IPython.display import display

        display(value)  # type: ignore[no-untyped-call]
        return None
    with tempfile.NamedTemporaryFile(
        "w", prefix="maskwright-", suffix=".html", delete=False, encoding="utf-8", errors="backslashreplace"
    ) as file:
        file.write(_page(value._repr_html_()))
    page = Path(file.name)
    webbrowser.open(page.as_uri())
    return page


def _in_notebook() -> bool:
    """True under a Jupyter kernel: IPython in a terminal shows no HTML."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is not None and hasattr(shell, "kernel")


def _page(body: str) -> str:
    head = '<meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>maskwright</title>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'
