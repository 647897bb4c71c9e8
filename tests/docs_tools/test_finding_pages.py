from pathlib import Path

import numpy as np
import pytest

from docs_tools.finding_pages import page_of, pages, write_pages
from docs_tools.finding_pictures import SIZE_HW, picture_pair
from maskwright.findings.catalogue import GROUPS, catalogue

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "findings"
AGAIN = "run `make findings`"


def test_the_committed_pages_are_current() -> None:
    for name, text in pages().items():
        assert (FOLDER / name).exists(), f"{name} is missing: {AGAIN}"
        assert (FOLDER / name).read_text(encoding="utf-8") == text, f"{name} is out of date: {AGAIN}"
    assert {path.name for path in FOLDER.glob("*.md")} == set(pages()), AGAIN


def test_every_page_has_both_pictures_and_all_of_them_are_small() -> None:
    files = list((FOLDER / "pictures").glob("*.jpg"))
    names = {f"{code}-{kind}.jpg" for code in catalogue() for kind in ("failure", "cure")}
    assert {path.name for path in files} == names
    assert max(path.stat().st_size for path in files) < 25_000
    assert sum(path.stat().st_size for path in files) < 2_500_000


@pytest.mark.parametrize("code", sorted(set(catalogue()) - {"class-shares"}))
def test_the_cure_differs_from_the_failure(code: str) -> None:
    pair = picture_pair(code)
    assert pair.failure.shape == pair.cure.shape == (*SIZE_HW, 3)
    assert not np.array_equal(pair.failure, pair.cure)


def test_pages_are_written_and_pages_of_old_codes_are_removed(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "no-such-code.md").write_text("old")
    (tmp_path / "pictures" / "no-such-code-cure.jpg").write_bytes(b"old")
    write_pages(tmp_path)
    assert not (tmp_path / "no-such-code.md").exists()
    assert not (tmp_path / "pictures" / "no-such-code-cure.jpg").exists()
    index = (tmp_path / "README.md").read_text()
    assert index.count(".md)") == len(catalogue())
    assert [line[3:].lower() for line in index.splitlines() if line.startswith("## ")] == list(GROUPS)


def test_a_page_shows_failure_and_cure_side_by_side_and_names_what_raises_it() -> None:
    page = page_of("lr-too-high")
    assert page.startswith("# lr-too-high: The learning rate is too high\n")
    assert "pictures/lr-too-high-failure.jpg" in page
    assert "`maskwright train`" in page
    assert "**What to do.** Divide the learning rate by 10" in page
    assert "https://arxiv.org" in page
    assert "**Explains.** [metric-flat](metric-flat.md)" in page
