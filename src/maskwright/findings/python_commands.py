"""Commands of Python for a shell, as messages print them."""

import json
from collections.abc import Collection
from pathlib import Path
from shlex import quote


def python_text(text: object) -> str:
    """Return a text as Python code writes it.

    Letters stay as they are: JSON parts those beyond 16 bits in two, and Python does not join them.
    """
    return json.dumps(str(text), ensure_ascii=False)


def python_command(code: str) -> str:
    """Return the command, in a single line, that runs some lines of Python."""
    return f"python -c {quote(f'exec({python_text(code)})')}"


def saving_beside(
    code: str, files: Collection[Path], photos: Collection[Path], *, root: Path, ending: str
) -> tuple[str, str] | None:
    """Return the command that saves masks anew beside their folder, and the new folder's name, which has `ending`.

    `code` has {root}, {pattern}, {name} and {new} in it. None where no command reaches these files alone: they lie in
    folders of several names, end in several ways, or lie among the photos.
    """
    names, suffixes = {path.parent.name for path in files}, {path.suffix for path in files}
    if len(names) != 1 or len(suffixes) != 1 or {path.parent for path in files} & {path.parent for path in photos}:
        return None
    name, suffix = names.pop(), suffixes.pop()
    texts = {"root": root, "pattern": f"*{suffix}", "name": name, "new": f"{name}{ending}"}
    return python_command(code.format(**{key: python_text(text) for key, text in texts.items()})), f"{name}{ending}"
