"""The command line: finds the verb, and reports every mistake in one line.

Everything heavy is imported inside the verbs, so that --help is instant. Exit code 0: success; train and demo: the
model is there. 1: findings of severity error, or an arm of compare that failed. 2: the user's mistake, in one line.
3: an unexpected error, in one line that names its report file. 130: stopped by Ctrl-C, 143: by SIGTERM.
"""

import argparse
import os
import platform
import sys
import tempfile
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path

from maskwright._version import __version__
from maskwright.cli.hints import explain_unknown
from maskwright.cli.parser import overview, parser
from maskwright.cli.stdout import safe_output, say
from maskwright.cli.termination import Terminated, sigterm_stops
from maskwright.errors import MaskwrightError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; return the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    with safe_output() as output, warnings.catch_warnings(), sigterm_stops(os.environ):
        warnings.filterwarnings("ignore", "Image size")  # Pillow on photos from 89 megapixels on: they are welcome
        warnings.simplefilter("default", FutureWarning)
        warnings.showwarning = _show_warning  # type: ignore[assignment]
        code = _run(words)
        output.flush()
    if output.failure:
        say(f"maskwright: cannot write to standard output: {output.failure}")
        return code or 2
    return code


def _run(words: list[str]) -> int:
    whole = parser()
    if not words:
        print(overview(whole))
        return 2
    explain_unknown(whole, words)
    options = whole.parse_args(words, argparse.Namespace(words=words))
    try:
        code: int = options.run_verb(options)
        return code
    except MaskwrightError as error:
        say(f"maskwright: {error}")
        return 2
    except KeyboardInterrupt as stop:
        resumes = "; the same command with --resume continues" if hasattr(options, "resume") else ""
        again = getattr(options, "again", resumes)
        say(f"\nmaskwright: stopped{again}")
        return Terminated.exit_code if isinstance(stop, Terminated) else 130
    except Exception as error:  # the last boundary: a traceback helps developers, not users
        if isinstance(error, FileNotFoundError) and not _current_folder_exists():
            say("maskwright: the current folder was removed or moved: change to another one, as with `cd ~`")
            return 2
        _report(error, words, options)
        return 3


def _current_folder_exists() -> bool:
    try:
        Path.cwd()
    except FileNotFoundError:
        return False
    return True


def _show_warning(message: Warning | str, category: type[Warning], *_: object) -> None:
    """Show a warning as one line; those of libraries are for developers."""
    if issubclass(category, FutureWarning) and "--set" in str(message):
        say(f"maskwright: note: {message}")


def _report(error: Exception, words: Sequence[str], options: argparse.Namespace) -> None:
    """Write the traceback to a file and say in one line where it is."""
    reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    lines = [
        f"maskwright {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"command: maskwright {' '.join(words)}",
        "",
        "".join(traceback.format_exception(error)),
    ]
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="maskwright-error-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write("\n".join(lines))
        where = f"the report is {Path(file.name)}: please send it to the developers"
    except OSError as failure:
        where = f"no report could be written ({failure.strerror})"
    say(f"maskwright: unexpected error ({reason}); {where}")
    if getattr(options, "verbose", False):
        say(lines[-1])
