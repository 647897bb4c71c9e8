"""The command line: finds the verb and reports a mistake in one line.

Everything heavy is imported inside the verbs, so that --help is instant. Exit code 0: success; train and demo: the
model is there. 1: findings of severity error, or an arm of compare that failed. 2: the user's mistake, in one line.
"""

import os
import sys
import warnings
from collections.abc import Sequence
from io import TextIOWrapper

from maskwright.cli.parser import parser
from maskwright.errors import MaskwrightError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; return the exit code."""
    options = parser().parse_args(arguments)
    warnings.filterwarnings("ignore", "Image size")  # Pillow on photos from 89 megapixels on: they are welcome
    if isinstance(sys.stdout, TextIOWrapper):  # a file name may hold bytes that are no text
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code: int = options.run_verb(options)
        sys.stdout.flush()
        return code
    except MaskwrightError as error:
        print(f"maskwright: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        again = "; the same command with --resume goes on" if hasattr(options, "resume") else ""
        print(f"\nmaskwright: stopped{again}", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
