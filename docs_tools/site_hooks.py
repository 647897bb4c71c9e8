"""What the documentation site changes in pages that people also read in the repository: links out of docs/."""

import re
from pathlib import Path, PurePosixPath
from typing import Protocol

ROOT_PAGES = {
    "README.md": "index.md",
    "BENCHMARKS.md": "explanation/benchmarks.md",
    "DOCTOR.md": "explanation/doctor.md",
    "LEADERBOARD.md": "explanation/leaderboard.md",
}
"""Pages of the repository's root, and where the site has them."""


class SiteFile(Protocol):
    """A source file of mkdocs: its path below docs/."""

    src_path: str


class SitePage(Protocol):
    """A page of mkdocs."""

    file: SiteFile


_LINK = re.compile(r"\]\((?P<path>[\w./-]+\.(?:md|jpg|png|svg))(?P<anchor>#[\w-]*)?\)")


def on_page_markdown(markdown: str, *, page: SitePage, **_: object) -> str:
    """Return the page with links that lead to pages of the site (called by mkdocs).

    A page that includes a file of the root is that file, and nothing else: its own line is for readers on GitHub.
    """
    source = PurePosixPath(page.file.src_path)
    for name, home in ROOT_PAGES.items():
        if source == PurePosixPath(home) and f'--8<-- "{name}"' in markdown:
            markdown = Path(name).read_text(encoding="utf-8")
            return _LINK.sub(lambda link: _moved(link, PurePosixPath(), source.parent), markdown)
    return _LINK.sub(lambda link: _moved(link, PurePosixPath("docs") / source.parent, source.parent), markdown)


def _moved(link: re.Match[str], written_in: PurePosixPath, page_folder: PurePosixPath) -> str:
    """Return a link as the page in `page_folder` of docs/ needs it; it was written in the folder `written_in`."""
    target = _normal(written_in / link["path"])
    name = target.as_posix()
    below_docs = ROOT_PAGES.get(name) or name.removeprefix("docs/")
    if name not in ROOT_PAGES and not name.startswith("docs/"):
        return link[0]
    up = "../" * len(page_folder.parts)
    return f"]({up}{below_docs}{link['anchor'] or ''})"


def _normal(path: PurePosixPath) -> PurePosixPath:
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return PurePosixPath(*parts)
