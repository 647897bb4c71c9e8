"""The page of label formats is made by writing and reading back, and is current."""

from docs_tools.format_table import PAGE, ROWS, page


def test_the_committed_page_is_current_and_every_round_trip_is_exact() -> None:
    made = page()
    assert PAGE.read_text(encoding="utf-8") == made, "run `make docs`"
    lines = [line.split(" | ") for line in made.splitlines() if line.startswith("| ") and "`" in line.split(" | ")[2]]
    assert len(lines) == sum(bool(row.writer) for row in ROWS)
    assert all(line[3].split()[0] == "0" for line in lines)
