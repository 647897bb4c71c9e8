from benchmarks.imports import ROOT
from benchmarks.leaderboard.board import board_of
from benchmarks.leaderboard.cells import results_in
from benchmarks.leaderboard.plots import minutes_svg, photos_svg
from benchmarks.leaderboard.tables import overview_lines
from benchmarks.leaderboard.writing import leaderboard_markdown, with_table


def test_the_pages_in_the_repository_are_those_of_its_cells() -> None:
    results, pictures = results_in(), ROOT / "docs" / "pictures"
    board = board_of(results)
    again = "run `python -m benchmarks.leaderboard --tables` and commit the pages"
    assert (ROOT / "LEADERBOARD.md").read_text(encoding="utf-8") == leaderboard_markdown(results), again
    assert (pictures / "leaderboard-minutes.svg").read_text(encoding="utf-8") == minutes_svg(board), again
    assert (pictures / "leaderboard-photos.svg").read_text(encoding="utf-8") == photos_svg(board), again
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert with_table(readme, overview_lines(board)) == readme, again
