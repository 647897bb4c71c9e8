"""The page of label formats is made by writing and reading back, and is current."""

from docs_tools.format_table import PAGE, ROWS, page


def test_the_committed_page_is_current_and_every_round_trip_is_exact() -> None:
    made = page()
    assert PAGE.read_text(encoding="utf-8") == made, "run `make docs`"
    rows = [line.split(" | ") for line in made.splitlines() if line.startswith("| ")]
    lines = [row for row in rows if len(row) == 5 and "`" in row[2]]
    assert len(lines) == sum(bool(row.writer) for row in ROWS)
    assert all(line[3].split()[0] == "0" for line in lines)


def test_what_is_not_read_stands_there_with_what_to_do() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert "| Labelbox json | convert it: pip install LBExporters; labelbox2coco.from_json(...); or: save" in text
    assert "| NIfTI (.nii, .nii.gz) | save each slice as PNG" in text
    assert text.count("| Darwin json of V7 | convert it: pip install darwin-py; darwin convert coco FILES OUT. ") == 1
