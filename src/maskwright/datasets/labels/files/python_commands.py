"""Commands of Python for a shell, as messages print them."""

import json
from shlex import quote


def python_command(code: str) -> str:
    """Return the command, in a single line, that runs some lines of Python.

    Letters stay as they are: JSON parts those beyond 16 bits in two, and Python does not join them.
    """
    return f"python -c {quote(f'exec({json.dumps(code, ensure_ascii=False)})')}"
