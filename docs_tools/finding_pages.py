"""One page a finding, made from the table of codes: `python -m docs_tools.finding_pages docs/findings`."""

import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from docs_tools.finding_pictures import picture_pair
from maskwright.diagnosis.texts import TEXTS
from maskwright.files import write_bytes, write_text
from maskwright.findings.catalogue import CODES
from maskwright.imaging.drawing import encode_jpeg

QUALITY = 85


@dataclass(frozen=True)
class PageText:
    """Why a finding comes about, what to do, where to read more."""

    mechanism: str
    fix: str
    read_more: str


def page_texts() -> dict[str, PageText]:
    """Return the text of every code that has one, from finding_texts.toml and the texts of the diagnosis."""
    held = tomllib.loads(Path(__file__).with_name("finding_texts.toml").read_text(encoding="utf-8"))
    texts = {code: PageText(text.mechanism, "", text.read_more) for code, text in TEXTS.items()}
    for code, one in held.items():
        known = texts.get(code, PageText("", "", ""))
        read_more = one.get("read_more", known.read_more)
        texts[code] = PageText(one.get("mechanism", known.mechanism), one.get("fix", ""), read_more)
    return texts


def page_of(code: str, text: PageText) -> str:
    """Return the page of a finding as markdown."""
    lines = [f"# {code}", "", f"{CODES[code][0].upper()}{CODES[code][1:]}.", ""]
    lines += ["| the failure | the cure |", "|---|---|"]
    lines += [f"| ![failure](pictures/{code}-failure.jpg) | ![cure](pictures/{code}-cure.jpg) |", ""]
    lines += [f"**Why.** {text.mechanism}", ""] if text.mechanism else []
    lines += [f"**What to do.** {text.fix}", ""]
    lines += [f"**Read more.** {text.read_more}", ""] if text.read_more else []
    return "\n".join([*lines, "[All findings](README.md)", ""])


def index_page() -> str:
    """Return the page that lists all findings."""
    lines = [
        "# Findings",
        "",
        "One page a code, made by `make findings`; do not edit.",
        "",
        "| code | meaning |",
        "|---|---|",
    ]
    return "\n".join([*lines, *(f"| [{code}]({code}.md) | {meaning} |" for code, meaning in CODES.items()), ""])


def pages() -> dict[str, str]:
    """Return every page by its file name."""
    texts = page_texts()
    empty = PageText("", "", "")
    return {"README.md": index_page(), **{f"{code}.md": page_of(code, texts.get(code, empty)) for code in CODES}}


def write_pages(folder: Path) -> None:
    """Write all pages and pictures into `folder`; files of codes that are no more go away."""
    held = pages()
    for old in folder.glob("*.md"):
        if old.name not in held:
            old.unlink()
    for name, text in held.items():
        write_text(folder / name, text)
    for code in CODES:
        pair = picture_pair(code)
        for kind, picture in (("failure", pair.failure), ("cure", pair.cure)):
            write_bytes(folder / "pictures" / f"{code}-{kind}.jpg", encode_jpeg(picture, QUALITY))
    kept = {f"{code}-{kind}.jpg" for code in CODES for kind in ("failure", "cure")}
    for old in (folder / "pictures").glob("*.jpg"):
        if old.name not in kept:
            old.unlink()


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
