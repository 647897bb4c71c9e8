"""What is written from the cells: LEADERBOARD.md, the plots in docs/pictures, and the table of the README."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks.imports import ROOT
from benchmarks.leaderboard.board import Board, board_of, boards_of
from benchmarks.leaderboard.cells import Result
from benchmarks.leaderboard.methods import WHAT_IT_IS, shown_as
from benchmarks.leaderboard.plots import minutes_svg, photos_svg
from benchmarks.leaderboard.tables import overview_lines, set_lines, verdict_lines
from benchmarks.leaderboard.tiers import TIERS, Choice, cells_of
from benchmarks.sets import SETS
from maskwright.files import make_folder, read_text, write_text

BEGIN, END = "<!-- leaderboard -->", "<!-- /leaderboard -->"
PUBLISHED = Path(__file__).parent / "published.json"
INTRODUCTION = """# Leaderboard

What does a number of labelled photos and of minutes on an ordinary machine buy? Every method gets the same photos, the
same minutes on the clock for everything up to the trained model, the same ImageNet weights where it has an encoder, and
one process at a time. Judged are photos that chose nothing, at full resolution. *IoU per photo* is the mean over
them; a photo without any object, in which none is seen, counts 1. *IoU over the set* counts the pixels of all photos
together. *Ours minus it* is paired photo by photo and seed by seed, with the 95 % interval over redrawn photos and
seeds; with one seed, what another one would give is not in it. The pixel forest and the constant class take what they
take. Retinas count inside the field of view only. A *cell* is one training: set, method, photos, minutes, seed.
Figures of different machines are never mixed: each machine has its own section.

| method | what it is |
|---|---|
{methods}
"""
HOW_TO_ADD = """## Run it, add a method, add a set

    make leaderboard              # an hour and a half: all sets, all methods, 75 s, one seed
    make leaderboard TIER=day     # three seeds, 5 and 10 minutes, fewer photos
    make leaderboard TIER=all     # 20 minutes too, every number of photos with every number of minutes

Measured cells are lines in `benchmarks/leaderboard/cells`; the command goes on where it was stopped. A cell is
measured again where the code that its method imports has changed, or the machine; its line has the commit, and how
busy the machine was; with `--any-code` only the gaps are filled. `python -m benchmarks.leaderboard --help` lists what
narrows a run: sets, methods, photos, minutes, seeds, a time to stop.

**A method** is one file: `benchmarks/methods/my_method.py` with `fit(task: Task) -> Trained`; see `task.py` there.
`python -m benchmarks.leaderboard --methods my-method` measures it and puts it into the tables.

**A set** is one line of `SETS` in `benchmarks/sets.py`. `python -m benchmarks.leaderboard.photo_lists` then fixes which
of its photos train and which are judged, in `benchmarks/leaderboard/photos`; the smaller training sets are nested, and
hold every class where their number allows.
"""


def write_pages(results: Sequence[Result]) -> None:
    """Write everything from the results; the plots and the README's table are of the first machine."""
    board = board_of(results)
    pictures = make_folder(ROOT / "docs" / "pictures")
    write_text(pictures / "leaderboard-minutes.svg", minutes_svg(board))
    write_text(pictures / "leaderboard-photos.svg", photos_svg(board))
    write_text(ROOT / "LEADERBOARD.md", leaderboard_markdown(results))
    readme = ROOT / "README.md"
    write_text(readme, with_table(read_text(readme), overview_lines(board)))


def with_table(page: str, lines: Sequence[str]) -> str:
    """Return a page with the lines between its two markers."""
    pattern = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    return pattern.sub(lambda _: "\n".join([BEGIN, "", *lines, "", END]), page)


def leaderboard_markdown(results: Sequence[Result]) -> str:
    """Return LEADERBOARD.md: a section for each machine, the first one with the plots."""
    boards = boards_of(results)
    methods = "\n".join(f"| {shown_as(method)} | {text} |" for method, text in WHAT_IT_IS.items())
    lines = [INTRODUCTION.format(methods=methods)]
    if not boards:
        lines += ["Nothing is measured yet.", ""]
    for board in boards:
        lines += _machine_lines(board, plots=board is boards[0])
    lines += ["## Published figures", "", *_published_lines(), ""]
    return "\n".join([*lines, HOW_TO_ADD])


def _machine_lines(board: Board, *, plots: bool) -> list[str]:
    """Return the section of a machine: what was measured on it, the overview, the plots, and every set."""
    lines = [f"## {board.results[0].machine[0]}", "", *_measured_lines(board), ""]
    lines += ["### All training photos, 75 seconds: IoU per photo", "", *overview_lines(board), ""]
    lines += [*verdict_lines(board), "", *_tier_lines(board), ""]
    if plots:
        lines += ["### Minutes and photos", ""]
        lines += ["![IoU against minutes](docs/pictures/leaderboard-minutes.svg)", ""]
        lines += ["![IoU against photos](docs/pictures/leaderboard-photos.svg)", ""]
    for name in SETS:
        lines += set_lines(board, name)
    return lines


def _measured_lines(board: Board) -> list[str]:
    """Return with which packages and when the cells of a machine were measured, and how busy it was."""
    packages = dict.fromkeys(line for one in board.results for line in one.machine[1:])
    days = sorted(one.measured for one in board.results)
    shares = sorted(one.train_cpu_s / one.train_s for one in board.results if one.steps and one.train_s > 1)
    busy = f"; trainings had {shares[0]:.0%} to {shares[-1]:.0%} of a core's time" if shares else ""
    return [*(f"- {line}" for line in packages), f"- measured {days[0]} to {days[-1]}{busy}"]


def _tier_lines(board: Board) -> list[str]:
    """Return how much of each tier is measured."""
    done = {one.cell for one in board.results}
    counts = {tier: cells_of(tier, Choice()) for tier in TIERS}
    shares = (f"{tier} {sum(cell in done for cell in cells)} of {len(cells)}" for tier, cells in counts.items())
    return [f"Cells measured: {', '.join(shares)}. What is not measured has no figure here."]


def _published_lines() -> list[str]:
    """Return a table of figures by others, which had other minutes and hardware."""
    lines = ["Others' figures, on graphics cards and without a limit of minutes; divisions and definitions differ.", ""]
    lines += ["| set | method | figure | training photos | hardware | source |", "|---|---|---|---|---|---|"]
    for one in json.loads(read_text(PUBLISHED)):
        photos = one["photos"] or "not stated"
        source = f"[{one['note']}]({one['source']})"
        lines.append(f"| {one['set']} | {one['method']} | {one['figure']} | {photos} | {one['hardware']} | {source} |")
    return lines
