import re
from pathlib import Path

import pytest

from maskwright.synthetic.puzzle_photos import draw_puzzle_photos

README = Path(__file__).resolve().parents[1] / "README.md"


def python_example() -> str:
    found = re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found.group(1)


def test_the_python_example_has_about_ten_lines_and_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Run it as it stands, on a dozen drawn photos and with seconds in place of its minutes."""
    code = python_example()
    assert 10 <= len([line for line in code.splitlines() if line.strip()]) <= 14
    draw_puzzle_photos(tmp_path / "photos", count=12, long_side_px=400)
    monkeypatch.chdir(tmp_path)
    assert "minutes=10" in code
    names: dict[str, object] = {}
    exec(code.replace("minutes=10", "minutes=0.25"), names)
    assert (tmp_path / "report.html").stat().st_size > 5_000
    assert (tmp_path / "runs" / "grid" / "run.json").exists()
    assert "px large" in capsys.readouterr().out
    assert names["mask"].shape == names["data"].photo(names["data"].samples[0]).shape[:2]  # type: ignore[attr-defined]


def test_every_file_that_the_readme_links_to_is_there() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README.read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (README.parent / link).exists()] == []
