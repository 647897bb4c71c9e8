from pathlib import Path
from types import SimpleNamespace

import pytest

from docs_tools.site_hooks import ROOT_PAGES, on_page_markdown

ROOT = Path(__file__).resolve().parents[2]
INCLUDED = {name: home for name, home in ROOT_PAGES.items() if name != "README.md"}


def on_the_site(home: str) -> str:
    page = SimpleNamespace(file=SimpleNamespace(src_path=home))
    return on_page_markdown((ROOT / "docs" / home).read_text(encoding="utf-8"), page=page)


@pytest.mark.parametrize("name", INCLUDED)
def test_a_page_of_the_root_is_whole_on_the_site_and_nothing_but_a_link_to_it_is_lost(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    title = (ROOT / name).read_text(encoding="utf-8").splitlines()[0]
    assert on_the_site(INCLUDED[name]).startswith(f"{title}\n")
    own = (ROOT / "docs" / INCLUDED[name]).read_text(encoding="utf-8").split()
    assert own[-2:] == ["--8<--", f'"{name}"']
    assert len(own) < 12


def test_links_out_of_docs_lead_to_the_pages_of_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert "](../explanation/doctor.md)" in on_the_site("explanation/how-the-doctor-works.md")
    assert "](../explanation/leaderboard.md)" in on_the_site("how-to/via-grids.md")
