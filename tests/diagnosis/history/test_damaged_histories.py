"""Histories that break the parsers themselves are refused in one line with the file's name."""

from pathlib import Path

import pytest

from maskwright.diagnosis.history.reading import read_history
from maskwright.errors import DataError


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("history.csv", f"epoch,loss\n0,{'9' * 140_000}\n1,0.5\n"),
        ("history.json", f'{{"loss": [0.9, {"9" * 5000}]}}'),
        ("history.json", "[" * 100_000),
    ],
)
def test_what_the_parser_cannot_hold_is_one_line_with_the_name(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(DataError, match=name) as refused:
        read_history(path)
    assert "\n" not in str(refused.value)
