"""The tables of the leaderboard as Markdown."""

from collections.abc import Iterable, Sequence

from benchmarks.leaderboard.board import Board, Place, Row
from benchmarks.leaderboard.methods import ONLY, OURS, PEER, shown_as
from benchmarks.leaderboard.photo_lists import lists_of, numbers_of
from benchmarks.leaderboard.tiers import QUICK
from benchmarks.sets import SETS

NOT_MEASURED = "not measured"
FEW_PX = (1, 50, 200, 500)
USUAL_MINUTES = 10.0
"""What `maskwright train` takes without --minutes."""


def overview_lines(board: Board) -> list[str]:
    """Return one line a set at 75 s with all photos: the IoU per photo of every method, the best in bold.

    Methods for few sets have no column, nor those that were measured nowhere. The last column is ours with ten minutes.
    """
    measured = {one.cell.method for one in board.results}
    methods = [m for m in board.methods if m in measured and m not in ONLY]
    longer = any(one.cell.minutes == USUAL_MINUTES and one.cell.method == OURS for one in board.results)
    head = ["found", "trained on", "judged", *(shown_as(m) for m in methods)]
    head += [f"{shown_as(OURS)}, {USUAL_MINUTES:g} minutes"] if longer else []
    lines = [_line(head), _line("---" for _ in head)]
    for name in SETS:
        lists = lists_of(name)
        rows = {row.method: row for row in board.rows(Place(name, len(lists.train), QUICK))}
        best = max((round(row.iou_per_photo, 3) for row in rows.values()), default=None)
        values = [_score(rows.get(method), best) for method in methods]
        values += [_score(_ours(board, Place(name, len(lists.train), USUAL_MINUTES)), None)] if longer else []
        lines.append(_line([SETS[name].shows, str(len(lists.train)), str(len(lists.test)), *values]))
    return lines


def _ours(board: Board, place: Place) -> Row | None:
    return next((row for row in board.rows(place) if row.method == OURS), None)


def _score(row: Row | None, best: float | None) -> str:
    if row is None:
        return NOT_MEASURED
    value = f"{row.iou_per_photo:.3f}"
    return f"**{value}**" if round(row.iou_per_photo, 3) == best else value


def verdict_lines(board: Board) -> list[str]:
    """Return how often ours is ahead: at all, and with its interval above zero; against the strongest peer apart."""
    lines = []
    for label, peers in (("every other method", None), (f"the {shown_as(PEER)}", (PEER,))):
        gaps = [
            row.behind
            for place in board.places
            for row in board.rows(place)
            if row.behind is not None and (peers is None or row.method in peers)
        ]
        ahead, clear = sum(gap.mean > 0 for gap in gaps), sum(gap.is_clear for gap in gaps)
        worse = sum(gap.high is not None and gap.high < 0 for gap in gaps)
        lines.append(
            f"* Against {label}: ahead in {ahead} of {len(gaps)} comparisons, the interval above zero in {clear}, "
            f"below zero in {worse}."
        )
    behind = [
        f"{shown_as(row.method)} on {place.set_name} by {-row.behind.mean:.3f}"
        for place in board.places
        for row in board.rows(place)
        if row.behind is not None and row.behind.mean < 0
    ]
    return [*lines, f"* Ahead of ours: {'; '.join(dict.fromkeys(behind)) or 'none that was measured'}."]


def set_lines(board: Board, name: str) -> list[str]:
    """Return the section of a set: every method at every place, then the further scores of the set."""
    lists = lists_of(name)
    places = [place for place in board.places if place.set_name == name]
    extras = _few_extras([row for place in places for row in board.rows(place)])
    head = ["photos", "minutes", "method", "seeds", "IoU per photo", "IoU over the set", *extras]
    head += ["ours minus it (95 %)", "steps", "training, s", "CPU s", "s a photo", "peak MB"]
    lines = [f"### {name}: {SETS[name].shows}", ""]
    lines += [f"{len(lists.train)} photos to train on, {len(lists.test)} judged.", ""]
    lines += [_line(head), _line("---" for _ in head)]
    lines += [_row_line(place, row, extras) for place in places for row in board.rows(place)]
    whole = Place(name, numbers_of(name)[-1], QUICK)
    missing = ", ".join(map(shown_as, board.missing(whole)))
    lines += ["", f"Not measured on this machine: {missing}."] if missing else []
    return [*lines, "", *_defect_lines(board, places)]


def _few_extras(rows: Sequence[Row]) -> list[str]:
    names = dict.fromkeys(name for row in rows for one in row.results for name in one.extra)
    return [name for name in names if not name.endswith("px") or name == "f1_2px"]


def _row_line(place: Place, row: Row, extras: Sequence[str]) -> str:
    first, count = row.results[0], len(row.results)
    photos = len(first.photo_ious)
    mean = [sum(getattr(one, name) for one in row.results) / count for name in ("steps", "train_s", "train_cpu_s")]
    predict_s = sum(one.predict_s for one in row.results) / count / photos
    return _line(
        [
            *(str(place.photos), f"{place.minutes:g}", shown_as(row.method), str(count)),
            *(f"{row.iou_per_photo:.3f}", f"{row.dataset_iou:.3f}"),
            *(f"{row.extra(name):.3f}" for name in extras),
            *(_gap(row), *(f"{value:.0f}" for value in mean), f"{predict_s:.2f}"),
            f"{max(one.peak_mb for one in row.results):.0f}",
        ]
    )


def _gap(row: Row) -> str:
    if row.method == OURS:
        return ""
    if row.behind is None:
        return "ours not measured"
    gap = row.behind
    return f"{gap.mean:+.3f}" + ("" if gap.low is None else f" ({gap.low:+.3f} to {gap.high:+.3f})")


def _defect_lines(board: Board, places: Sequence[Place]) -> list[str]:
    """Return, for sets with clean photos, the share of defective photos found and of clean ones flagged."""
    rows = [(place, row) for place in places for row in board.rows(place) if "found_at_1px" in row.results[0].extra]
    if not rows:
        return []
    head = ["photos", "minutes", "method", *(f"from {px} px on" for px in FEW_PX)]
    lines = [
        "Photos with a defect that are found, then clean ones that are flagged, by the least predicted area:",
        "",
    ]
    lines += [_line(head), _line("---" for _ in head)]
    for place, row in rows:
        pairs = (f"{row.extra(f'found_at_{px}px'):.2f}, {row.extra(f'flagged_clean_at_{px}px'):.2f}" for px in FEW_PX)
        lines.append(_line([str(place.photos), f"{place.minutes:g}", shown_as(row.method), *pairs]))
    return [*lines, ""]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
