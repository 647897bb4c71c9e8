"""The lines of docs/reference/reliability.md that hold figures: each stands behind a comment with its name."""

import re
import subprocess
from datetime import date
from pathlib import Path

from maskwright._version import __version__

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "reliability.md"


def write_figures(name: str, text: str, page: Path = PAGE) -> None:
    """Put a line of figures, with date and commit, behind the comment `<!-- figures: NAME -->` of the page."""
    before = page.read_text(encoding="utf-8")
    line = f"- {text} ({_made()})"
    after, count = re.subn(rf"(<!-- figures: {re.escape(name)} -->\n)[^\n]*", lambda match: match[1] + line, before)
    if count != 1:
        raise ValueError(f"{page} has {count} places for the figures of {name!r}")
    page.write_text(after, encoding="utf-8")


def _made() -> str:
    """Return the date, the version and the commit."""
    ended = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    day = date.today()
    return f"{day.day} {day:%B %Y}, maskwright {__version__}, commit {ended.stdout.strip() or 'unknown'}"
