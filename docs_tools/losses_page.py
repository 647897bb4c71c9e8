"""docs/reference/losses.md: every loss of the catalogue: `python -m docs_tools.losses_page`."""

from pathlib import Path

from maskwright.files import write_text
from maskwright.losses.catalogue import LOSSES

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "losses.md"
INTRODUCTION = """# Losses

<!-- made by `make docs`; do not edit -->

`--set loss=NAME`, or a sum of several with factors: `--set loss="ce + 0.5*dice"`. Pixels that are ignored
count in none. [How to choose](../how-to/choose-network-and-loss.md).

| name | what it is |
|---|---|
"""


def page() -> str:
    """Return the page as markdown: one row for each loss."""
    return INTRODUCTION + "\n".join(f"| `{name}` | {line} |" for name, line in LOSSES.items()) + "\n"


if __name__ == "__main__":
    write_text(PAGE, page())
