"""One page a finding, made from the catalogue: `python -m docs_tools.finding_pages docs/findings`."""

import sys
from pathlib import Path

from docs_tools.finding_pictures import picture_pair
from maskwright.files import write_bytes, write_text
from maskwright.findings.catalogue import GROUPS, Entry, catalogue, causes_of
from maskwright.findings.finding import make_finding
from maskwright.findings.template import filled
from maskwright.imaging.drawing import encode_jpeg
from maskwright.wording import capitalised

QUALITY = 85
FRAMEWORK_NAMES = {"keras": "In Keras", "pytorch": "In PyTorch", "run": "In a run of maskwright"}
FUNCTIONS = ("check_pairs", "find_skew")
"""What raises a finding is a command, or one of these Python functions."""


def page_of(code: str) -> str:
    """Return the page of a finding as markdown."""
    entry = catalogue()[code]
    lines = [f"# {code}: {entry.title}", "", f"{sentence(entry.meaning)}", ""]
    lines += ["| severity | group | raised by |", "|---|---|---|"]
    lines += [f"| {entry.severity} | {entry.group} | {', '.join(map(_raiser, entry.raised_by))} |", ""]
    lines += ["| the failure | the cure |", "|---|---|"]
    lines += [f"| ![failure](pictures/{code}-failure.jpg) | ![cure](pictures/{code}-cure.jpg) |", ""]
    lines += ["**What you see.**", "", "```text", example_of(entry), "```", ""] if entry.example else []
    lines += [f"**What it costs.** {entry.cost}", ""] if entry.cost else []
    lines += [f"**Why.** {entry.mechanism}", ""]
    lines += [f"**What to do.** {sentence(_fix(entry))}", ""]
    lines += _variants(entry)
    lines += _related(entry)
    lines += [f"**Read more.** {entry.read_more}", ""] if entry.read_more else []
    return "\n".join([*lines, "[All findings](README.md)", ""])


def sentence(text: str) -> str:
    """Return the text with a capital first letter and a full stop; a text that begins with code keeps its case."""
    capital = text if text.startswith(("`", "http")) else capitalised(text)
    return capital if capital.endswith((".", "?", "!")) else f"{capital}."


def _raiser(name: str) -> str:
    return f"`maskwright.{name}`" if name in FUNCTIONS else f"`maskwright {name}`"


def example_of(entry: Entry, variant: str = "") -> str:
    """Return the message of the entry's example, as the command line prints it."""
    words = entry.words(variant)
    return str(make_finding(entry.code, words.example, values=words.values, variant=variant))


def _fix(entry: Entry) -> str:
    return filled(entry.fix, entry.values) if entry.example else entry.fix


def _variants(entry: Entry) -> list[str]:
    lines: list[str] = []
    for name in entry.variants:
        words = entry.words(name)
        if name in FRAMEWORK_NAMES:
            lines += [f"**{FRAMEWORK_NAMES[name]}.** {sentence(_fix(words))}", ""]
            continue
        lines += [f"**Variant `{name}`** ({words.severity}): {sentence(words.title)}", ""]
        lines += [f"You see: {words.example}", ""] if words.example != entry.example else []
        lines += [f"{words.mechanism}", ""] if words.mechanism != entry.mechanism else []
        lines += [f"What to do: {sentence(_fix(words))}", ""] if words.fix != entry.fix else []
    return lines


def _related(entry: Entry) -> list[str]:
    causes = [code for code in catalogue() if code in causes_of(entry.code)]
    lines = [f"**Explains.** {_links(entry.explains)}", ""] if entry.explains else []
    return [*lines, f"**Explained by.** {_links(causes)}", ""] if causes else lines


def _links(codes: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"[{code}]({code}.md)" for code in codes)


def index_page() -> str:
    """Return the page that lists all findings, group by group."""
    lines = ["# Findings", "", "One page a code, written by `make findings`: do not edit.", ""]
    for group in GROUPS:
        lines += [f"## {group.capitalize()}", "", "| code | severity | meaning |", "|---|---|---|"]
        entries = [entry for entry in catalogue().values() if entry.group == group]
        lines += [f"| [{entry.code}]({entry.code}.md) | {entry.severity} | {entry.meaning} |" for entry in entries]
        lines += [""]
    return "\n".join(lines)


def pages() -> dict[str, str]:
    """Return every page by its file name."""
    return {"README.md": index_page(), **{f"{code}.md": page_of(code) for code in catalogue()}}


def write_pages(folder: Path) -> None:
    """Write all pages and pictures into `folder`, and remove those of codes that no longer exist."""
    texts = pages()
    for old in folder.glob("*.md"):
        if old.name not in texts:
            old.unlink()
    for name, text in texts.items():
        write_text(folder / name, text)
    for code in catalogue():
        pair = picture_pair(code)
        for kind, picture in (("failure", pair.failure), ("cure", pair.cure)):
            write_bytes(folder / "pictures" / f"{code}-{kind}.jpg", encode_jpeg(picture, QUALITY))
    pictures = {f"{code}-{kind}.jpg" for code in catalogue() for kind in ("failure", "cure")}
    for old in (folder / "pictures").glob("*.jpg"):
        if old.name not in pictures:
            old.unlink()


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
