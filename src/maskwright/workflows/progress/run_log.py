"""The log file of a run: every line that was shown, with its time, and how the job ended."""

import platform
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from maskwright._version import __version__
from maskwright.output_file_names import LOG_FILE
from maskwright.training.progress import Progress
from maskwright.workflows.progress.screen import Screen
from maskwright.workflows.progress.terminal import training_state

EVERY_S = 10.0
"""The progress of a training is logged this often, and after its last step."""


@dataclass
class RunLog:
    """Keeps lines until the run folder is there, then appends them to its log.txt; a resumed run goes on in it."""

    folder: Path | None = None
    lines: list[str] = field(default_factory=list)
    last_s: float = 0.0

    def open(self, folder: Path) -> None:
        """Write what was kept so far; all later lines follow at once."""
        self.folder = folder
        first = f"maskwright {__version__}, Python {platform.python_version()}, {platform.platform()}"
        kept, self.lines = [_stamped(first), *self.lines], []
        self._append(kept)

    def write(self, text: str) -> None:
        """Log a text of one line or several."""
        if self.folder is None:
            self.lines.append(_stamped(text))
        else:
            self._append([_stamped(text)])

    def write_error(self, error: BaseException) -> None:
        """Log what ended the job, with its traceback, if the run folder is there."""
        self.write(f"stopped by {type(error).__name__}: {error}\n{''.join(traceback.format_exception(error))}")

    def listen(self, name: str, progress: Progress) -> None:
        """Log the progress of a training now and then."""
        if progress.step < progress.steps and time.monotonic() - self.last_s < EVERY_S:
            return
        self.last_s = time.monotonic()
        self.write(f"{name}: step {progress.step}/{progress.steps}  {training_state(progress)}  lr {progress.lr:.2e}")

    def _append(self, lines: list[str]) -> None:
        assert self.folder is not None
        try:
            with (self.folder / LOG_FILE).open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.writelines(f"{line}\n" for line in lines)
        except OSError:  # a job is worth more than its log: a full disk is reported where results are written
            self.folder = None


def _stamped(text: str) -> str:
    return f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S}  {text}"


def logged(screen: Screen, log: RunLog) -> Screen:
    """Return the screen, whose lines are also written to the log; progress of photos is logged when it begins."""

    def tell(line: str) -> None:
        screen.tell(line)
        log.write(line)

    def count(name: str, total: int) -> Callable[..., None]:
        log.write(f"{name}: {total} photos")
        return screen.count(name, total)

    return replace(screen, tell=tell, count=count)
