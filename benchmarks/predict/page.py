"""The tables of BENCHMARKS.md that `--write` replaces: what stands between two comments."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "BENCHMARKS.md"
BEGIN, END = "<!-- bench-predict -->", "<!-- end of bench-predict -->"


def write_section(text: str, page: Path = PAGE) -> None:
    """Put a text between the two comments of the page."""
    before = page.read_text(encoding="utf-8")
    after, count = re.subn(f"{BEGIN}.*?{END}", lambda _: f"{BEGIN}\n{text}\n{END}", before, flags=re.DOTALL)
    if count != 1:
        raise ValueError(f"{page} has {count} places for these tables: there must be one, {BEGIN} ... {END}")
    page.write_text(after, encoding="utf-8")
