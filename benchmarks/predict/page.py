"""The tables of BENCHMARKS.md that `--write` replaces: what stands between two comments."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "BENCHMARKS.md"


def write_section(text: str, page: Path = PAGE, *, name: str = "bench-predict") -> None:
    """Put a text between the two comments of the page that bear this name."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    before = page.read_text(encoding="utf-8")
    after, count = re.subn(f"{begin}.*?{end}", lambda _: f"{begin}\n{text}\n{end}", before, flags=re.DOTALL)
    if count != 1:
        raise ValueError(f"{page} has {count} places for these tables: there must be one, {begin} ... {end}")
    page.write_text(after, encoding="utf-8")
