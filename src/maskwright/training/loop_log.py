"""The log that the loop of a training keeps: its clock, its losses, its history, and the files that it writes."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from maskwright.findings.finding import Finding
from maskwright.output_file_names import PLAN_FILE
from maskwright.planning.plan import Plan
from maskwright.planning.plan_file import write_plan
from maskwright.runs.folder import HistoryRow, write_findings
from maskwright.training.progress import Progress
from maskwright.training.speed.shared_cores import SharedCores

T = TypeVar("T")


@dataclass
class Clock:
    """Seconds of a training: `before` in earlier sessions of a resumed run, `waited` for data."""

    started: float
    before: float = 0.0
    waited: float = 0.0

    @property
    def seconds(self) -> float:
        """Seconds trained in all sessions until now."""
        return self.before + time.monotonic() - self.started

    def awaited(self, batches: Iterable[T]) -> Iterator[T]:
        """Yield the batches, and count the time until each is there as waited."""
        began = time.monotonic()
        for batch in batches:
            self.waited += time.monotonic() - began
            yield batch
            began = time.monotonic()


@dataclass
class Window:
    """Losses of the steps since the latest checkpoint; `start_s`: the clock at the first of these steps."""

    start_s: float = 0.0
    losses: list[float] = field(default_factory=list)

    @property
    def mean_loss(self) -> float:
        """The mean of the losses."""
        return sum(self.losses) / len(self.losses)


@dataclass
class Log:
    """Mutable log of a training: its folder, clock, history and the callback for its progress.

    `plan`: what plan.toml holds, without the changes of rescues; `timed`: the steps are to fill the minutes;
    `step_s`: seconds a step takes, recent steps weighted most; `saving_s`: seconds that the latest saving took;
    `window`: the steps since the latest checkpoint; `writes`: False on all devices but the first; `cores`: what gives
    way to other programs on this machine, if anything does.
    """

    folder: Path
    clock: Clock
    on_progress: Callable[[Progress], None]
    plan: Plan
    timed: bool
    step_s: float = 0.0
    saving_s: float = 0.0
    history: list[HistoryRow] = field(default_factory=list)
    window: Window = field(default_factory=Window)
    writes: bool = True
    cores: SharedCores | None = None

    def write_plan(self) -> None:
        """Write plan.toml."""
        if self.writes:
            write_plan(self.plan, self.folder / PLAN_FILE)

    def write_findings(self, findings: Iterable[Finding]) -> None:
        """Write findings.json."""
        if self.writes:
            write_findings(self.folder, findings)

    def begin_step(self) -> None:
        """Give way to other programs; note the time of the first step in a window."""
        if self.cores:
            self.cores.give_way()
        if not self.window.losses:
            self.window.start_s = self.clock.seconds

    def close_window(self) -> Window:
        """Return the window with its steps, take its pace into `step_s`, and begin a new one."""
        window, self.window = self.window, Window()
        latest_s = (self.clock.seconds - window.start_s) / len(window.losses)
        self.step_s = (self.step_s + latest_s) / 2 if self.step_s else latest_s
        return window

    @property
    def validation_iou(self) -> float | None:
        """The IoU of the latest checkpoint, None if it had no validation."""
        return self.history[-1].validation_iou if self.history else None
