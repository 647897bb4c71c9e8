"""Standard output that a closed pipe or a full disk does not turn into an error of the work."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from io import StringIO, TextIOBase, TextIOWrapper
from typing import TextIO


class Output(TextIOBase):
    """Passes text on line by line until that fails; then drops it, and keeps the reason unless the reader went away."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_open = True
        self.failure = ""

    def write(self, text: str) -> int:
        """Write the text; a whole line is visible at once."""
        if self._is_open:
            try:
                self._stream.write(text)
                if "\n" in text:
                    self._stream.flush()
            except (OSError, ValueError) as error:
                self._give_up(error)
        return len(text)

    def flush(self) -> None:
        """Flush what was written."""
        if self._is_open:
            try:
                self._stream.flush()
            except (OSError, ValueError) as error:
                self._give_up(error)

    def isatty(self) -> bool:
        """True on a terminal."""
        return self._is_open and self._stream.isatty()

    def fileno(self) -> int:
        """Return the file descriptor of the stream."""
        return self._stream.fileno()

    def _give_up(self, error: Exception) -> None:
        self._is_open = False
        if not isinstance(error, BrokenPipeError):
            self.failure = getattr(error, "strerror", None) or str(error)
        with suppress(OSError, ValueError):  # what is still buffered would fail once more at exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())


@contextmanager
def safe_output() -> Iterator[Output]:
    """Replace standard output by one that cannot fail, for the time of a command; the process may have none at all."""
    stream = sys.stdout if sys.stdout is not None else StringIO()
    if isinstance(stream, TextIOWrapper):  # a file name may hold bytes that are not text
        stream.reconfigure(errors="backslashreplace")
    output = Output(stream)
    with redirect_stdout(output):
        yield output
        output.flush()


def say(line: str) -> None:
    """Write a line to standard error, if there is one that takes it."""
    with suppress(OSError, ValueError, AttributeError):
        print(line, file=sys.stderr, flush=True)
