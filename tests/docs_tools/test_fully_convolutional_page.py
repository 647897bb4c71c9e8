import importlib.util
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_example_finds_the_cat_that_it_pasted(capsys: pytest.CaptureFixture[str]) -> None:
    code = importlib.util.spec_from_file_location("make_heat_map", DOCS / "make_heat_map.py")
    assert code is not None
    assert code.loader is not None
    maker = importlib.util.module_from_spec(code)
    code.loader.exec_module(maker)
    names = maker.run_example()
    assert 20 <= names["row"] < 220
    assert 390 <= names["column"] < 590
    assert names["heat"].max() > 0.5
    assert re.match(r"a cat, \d\d% sure, around row \d+, column \d+", capsys.readouterr().out)


def test_the_picture_of_the_page_is_there_and_small() -> None:
    page = (DOCS / "fully_convolutional.md").read_text(encoding="utf-8")
    found = re.search(r"!\[[^\]]+\]\(([^)]+)\)", page)
    assert found is not None
    assert 5_000 < (DOCS / found[1]).stat().st_size < 120_000
