import re

import numpy as np
import pytest

from docs_tools.heat_map import DOCS, draw_heat, run_example


def test_the_example_finds_the_cat_that_it_pasted(capsys: pytest.CaptureFixture[str]) -> None:
    names = run_example()
    assert 20 <= names["row"] < 220
    assert 390 <= names["column"] < 590
    assert names["heat"].max() > 0.5
    assert re.match(r"a cat, \d\d% sure, around row \d+, column \d+", capsys.readouterr().out)


def test_the_picture_of_the_page_is_there_and_small() -> None:
    page = (DOCS / "fully_convolutional.md").read_text(encoding="utf-8")
    found = re.search(r"!\[[^\]]+\]\(([^)]+)\)", page)
    assert found is not None
    assert 5_000 < (DOCS / found[1]).stat().st_size < 120_000


def test_heat_glows_where_it_is_and_leaves_cold_places_grey() -> None:
    photo = np.full((4, 6, 3), (90, 120, 60), np.uint8)
    heat = np.zeros((4, 6), np.float32)
    heat[1, 2], heat[2, 4] = 1.0, 0.4
    drawn = draw_heat(photo, heat)
    assert drawn.shape == photo.shape
    assert drawn[1, 2].min() > 170
    assert drawn[2, 4, 0] > drawn[2, 4, 2]
    assert (drawn[0] == drawn[0, 0]).all()
    assert drawn[0].max() < 120
