"""Commands of maskwright in processes forked from one that has imported everything: a try takes a second, not five."""

import importlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from maskwright.cli.main import main

HEAVY = (
    "torch",
    "maskwright.workflows.training.pipeline",
    "maskwright.workflows.compare.job",
    "maskwright.inference.predict_files",
)
SMALL = (
    *("net=unet2015-padded", "net.width=0.1", "optim.batch=2", "optim.precision=32-true"),
    *("scale.crop_px=64", "scale.long_side_px=64", "predict.zooms=[1.0]", "predict.flip=false"),
)
"""Settings of a training whose step takes a twentieth of a second."""
POLL_S = 0.002


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code (negative: killed by that signal), what it wrote, and its wall time."""

    code: int
    output: str
    error: str
    seconds: float


@dataclass(frozen=True)
class Command:
    """A command that runs: its process, the files that hold its output, and when it began."""

    pid: int
    output: Path
    error: Path
    began: float

    def wait(self) -> Ended:
        """Wait until the command ends."""
        _, status = os.waitpid(self.pid, 0)
        return self._ended(status)

    def kill_after(self, seconds: float, *, writing_in: Path | None = None) -> Ended:
        """Kill the command after `seconds`; with `writing_in`, once a temporary file is there. It may end before."""
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return self._ended(status)
            if time.monotonic() - self.began >= seconds and (writing_in is None or temporary_files(writing_in)):
                os.kill(self.pid, signal.SIGKILL)
                return self.wait()
            time.sleep(POLL_S)

    def _ended(self, status: int) -> Ended:
        seconds = time.monotonic() - self.began
        output, error = (path.read_text(errors="replace") for path in (self.output, self.error))
        return Ended(os.waitstatus_to_exitcode(status), output, error, seconds)


def import_all() -> None:
    """Import what every command needs, so that forked processes need not."""
    for name in HEAVY:
        importlib.import_module(name)


def start(words: Sequence[object], log: Path) -> Command:
    """Start `maskwright WORDS` in a forked process; its output goes to files named after `log`."""
    output, error = log.with_suffix(".out"), log.with_suffix(".err")
    began = time.monotonic()
    pid = os.fork()
    if pid == 0:
        _become(tuple(map(str, words)), output, error)
    return Command(pid, output, error, began)


def run(words: Sequence[object], log: Path) -> Ended:
    """Run `maskwright WORDS` in a forked process until it ends."""
    return start(words, log).wait()


def settings(*texts: str) -> list[str]:
    """Return settings as words of a command."""
    return [word for text in texts for word in ("--set", text)]


def train_words(photos: Path, out: Path, *, steps: int, seed: int = 0) -> list[object]:
    """Return a small training."""
    return ["train", photos, "--out", out, "--seed", seed, *settings(*SMALL, f"optim.steps={steps}")]


def temporary_files(folder: Path) -> list[Path]:
    """Return the files that a command in `folder` has not finished writing."""
    return [path for path in folder.rglob(".maskwright-*") if path.exists()] if folder.exists() else []


def _become(words: Sequence[str], output: Path, error: Path) -> None:
    """Turn this process into the command; never return."""
    code = 70
    try:
        for number, path in ((1, output), (2, error)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), number)
        code = main(words)
    except SystemExit as wanted:
        code = wanted.code if isinstance(wanted.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
