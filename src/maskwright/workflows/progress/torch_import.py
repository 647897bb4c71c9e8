"""Importing PyTorch takes seconds: a line says so, and on a terminal something moves meanwhile."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module


def load_torch(tell: Callable[[str], None]) -> None:
    """Import PyTorch before what needs it, and tell so; nothing where it is there already."""
    if "torch" not in sys.modules:
        tell("loading PyTorch: this takes a few seconds")
        with moving("loading PyTorch"):
            import_module("torch")


@contextmanager
def moving(what: str) -> Iterator[None]:
    """Show `what` with a spinner and the seconds on a terminal until the work within is done; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn("line"), TextColumn("{task.description}"), TimeElapsedColumn())
    redirects = sys.stdout.isatty()  # leave redirected stdout alone
    with Progress(*columns, console=Console(stderr=True), redirect_stdout=redirects, transient=True) as spinner:
        spinner.add_task(what, total=None)
        yield
