"""docs/reference/settings.md: every `--set` key, from the settings themselves: `python -m docs_tools.settings_page`."""

from itertools import groupby
from pathlib import Path

from maskwright.files import write_text
from maskwright.planning.setting_list import setting_list

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "settings.md"
INTRODUCTION = """# Settings

<!-- made by `make docs`; do not edit -->

Every key of `--set KEY=VALUE`. `maskwright settings --data photos/` prints this list with the value that the plan takes
for your photos, and the reason for it. Keys of a plan can also be edited in plan.toml. [Networks](networks.md) and
[losses](losses.md) have pages of their own."""


def page() -> str:
    """Return the page as markdown: a table for each section."""
    lines = [INTRODUCTION, ""]
    for section, settings in groupby(setting_list(), key=lambda setting: setting.key.partition(".")[0]):
        lines += [f"## {section}", "", "| key | type and range | default | what it does |", "|---|---|---|---|"]
        lines += [
            f"| `{setting.key}` | {setting.kind} | {setting.default or 'by the plan'} | {setting.meaning} |"
            for setting in settings
        ]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    write_text(PAGE, page())
