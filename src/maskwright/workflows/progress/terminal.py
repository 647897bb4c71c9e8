"""A screen of text: bars on a terminal; elsewhere a line now and then."""

import atexit
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from maskwright.workflows.progress.screen import Screen
from maskwright.workflows.progress.sparkline import BARS, sparkline

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from maskwright.training.progress import Progress

LINE_EVERY_S = 10.0
"""Outside a terminal, work on photos reports this often."""
CURVE_STEPS = 4000


@dataclass
class Bars:
    """The one bar that is on the terminal: it ends when the next one begins, since its work may have failed."""

    shown: "list[Bar]" = field(default_factory=list)

    def start(self, name: str, *, total: int | None, state: str, transient: bool) -> "tuple[Bar, TaskID]":
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        self.stop()
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=10),
            TextColumn("{task.fields[state]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            redirect_stdout=sys.stdout.isatty(),  # leave redirected stdout alone
            transient=transient,
        )
        task = bar.add_task(name, total=total, state=state)
        self.shown.append(bar)
        bar.start()
        atexit.register(bar.stop)  # an interrupted bar would leave the terminal without a cursor
        return bar, task

    def stop(self) -> None:
        while self.shown:
            bar = self.shown.pop()
            bar.stop()
            atexit.unregister(bar.stop)


def stdout_screen() -> Screen:
    """Return a screen whose lines go to the standard output, for calls from Python."""
    return text_screen(_write_line)


def _write_line(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def text_screen(tell: Callable[[str], None]) -> Screen:
    """Return a screen that passes lines to `tell`, and shows bars on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        return Screen(tell, lambda name: _training_lines(name, tell), lambda name, n: _photo_lines(name, n, tell))
    bars = Bars()
    return Screen(tell, lambda name: training_bar(name, bars), lambda name, n: _photo_bar(name, n, bars))


def training_bar(name: str, bars: Bars) -> "Callable[[Progress], None]":
    can_draw = _can_draw()  # asked before the bar stands in for standard error
    bar, task = bars.start(name, total=None, state="measuring the speed", transient=False)
    losses: list[float] = []

    def show(progress: "Progress") -> None:
        losses.append(progress.loss)
        del losses[:-CURVE_STEPS]
        iou = "" if progress.validation_iou is None else f" IoU {progress.validation_iou:.3f}"
        state = f"loss {progress.loss:.3f}{_curve(losses, can_draw=can_draw)}{iou}"
        bar.update(task, completed=progress.step, total=progress.steps, state=state)
        if progress.step >= progress.steps:
            bars.stop()

    return show


def _curve(losses: list[float], *, can_draw: bool) -> str:
    return f" {sparkline(losses, width=10)}" if can_draw else ""


def _can_draw() -> bool:
    """True where standard error takes the letters of a spark line."""
    try:
        BARS.encode(sys.stderr.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def training_state(progress: "Progress") -> str:
    """Return loss and validation IoU as text."""
    iou = "" if progress.validation_iou is None else f"  validation IoU {progress.validation_iou:.3f} (working scale)"
    return f"loss {progress.loss:.3f}{iou}"


def _training_lines(name: str, tell: Callable[[str], None]) -> "Callable[[Progress], None]":
    begun: list[Progress] = []

    def show(progress: "Progress") -> None:
        if not begun:
            begun.append(progress)
        every = max(1, progress.steps // 20)
        if progress.step % every == 0 or progress.step == progress.steps:
            left = _time_left(begun[0], progress)
            tell(f"{name}: step {progress.step}/{progress.steps}  {training_state(progress)}{left}")

    return show


def _time_left(first: "Progress", now: "Progress") -> str:
    """Return the time left at the pace since the first step, "" where that is not known yet."""
    if now.step == first.step:
        return ""
    pace_s = (now.seconds - first.seconds) / (now.step - first.step)
    return f"  about {pace_s * (now.steps - now.step):.0f} s left"


def _photo_bar(name: str, total: int, bars: Bars) -> Callable[..., None]:
    bar, task = bars.start(name, total=total, state=f"{total} {_noun(name)}", transient=True)
    left = [total]

    def step(*_: object) -> None:
        bar.update(task, advance=1)
        left[0] -= 1
        if left[0] <= 0:
            bars.stop()

    if total == 0:
        bars.stop()
    return step


def _photo_lines(name: str, total: int, tell: Callable[[str], None]) -> Callable[..., None]:
    began = last = time.monotonic()
    done = 0

    def step(*_: object) -> None:
        nonlocal done, last
        done, now = done + 1, time.monotonic()
        if now - last >= LINE_EVERY_S and done < total:
            last = now
            left_s = (now - began) / done * (total - done)
            tell(f"{name}: {done} of {total} {_noun(name)}, about {left_s:.0f} s left")

    return step


def _noun(name: str) -> str:
    """Return what is counted: "reading pairs" counts pairs, "predicting windows" windows, the rest photos."""
    verb, _, what = name.partition(" ")
    if verb == "reading" or what in ("windows", "strips", "pieces"):
        return what or "files"
    return {"looking": "steps", "cutting": "rows of tiles"}.get(verb, "photos")
