"""Commands of Python for a shell, as messages print them."""

import json
from shlex import quote


def python_command(code: str) -> str:
    """Return the command, in a single line, that runs some lines of Python."""
    return f"python -c {quote(f'exec({json.dumps(code)})')}"
