"""Small plots as SVG files: the IoU of each method against minutes, and against photos, a panel a set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from benchmarks.leaderboard.board import Board, Place
from benchmarks.leaderboard.methods import OURS, PEER, shown_as
from benchmarks.leaderboard.photo_lists import NUMBERS, numbers_of
from benchmarks.leaderboard.tiers import MINUTES, QUICK
from benchmarks.sets import SETS

COLUMNS, WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 3, 300, 210, 36, 34, 34
COLOURS = ("#d1495b", "#2f6690", "#6a994e", "#bc6c25", "#7b2cbf", "#008080", "#888888", "#bbbbbb")


@dataclass(frozen=True)
class Curve:
    """A method's IoU per photo at the ticks of an axis."""

    method: str
    points: Mapping[str, float]


def minutes_svg(board: Board) -> str:
    """Return the plot against minutes, with all training photos."""
    ticks = [f"{minutes:g}" for minutes in MINUTES]
    panels = {name: _curves(board, {f"{m:g}": Place(name, numbers_of(name)[-1], m) for m in MINUTES}) for name in SETS}
    return _svg("IoU per photo against minutes of training, all training photos", ticks, panels)


def photos_svg(board: Board) -> str:
    """Return the plot against the number of training photos, at 75 s."""
    panels = {}
    for name in SETS:
        numbers = numbers_of(name)
        places = {"all" if n == numbers[-1] else str(n): Place(name, n, QUICK) for n in numbers}
        panels[name] = _curves(board, places)
    return _svg("IoU per photo against training photos, 75 seconds", [*map(str, NUMBERS), "all"], panels)


def _curves(board: Board, places: Mapping[str, Place]) -> list[Curve]:
    points: dict[str, dict[str, float]] = {}
    for tick, place in places.items():
        for row in board.rows(place):
            points.setdefault(row.method, {})[tick] = row.iou_per_photo
    return [Curve(method, points[method]) for method in board.methods if method in points]


def _svg(title: str, ticks: Sequence[str], panels: Mapping[str, Sequence[Curve]]) -> str:
    methods = list(dict.fromkeys(curve.method for curves in panels.values() for curve in curves))
    colours = {method: COLOURS[i % len(COLOURS)] for i, method in enumerate(methods)}
    rows = -(-len(panels) // COLUMNS)
    legend_rows = -(-len(methods) // 4)
    size = (COLUMNS * WIDTH, rows * HEIGHT + 36 + 18 * legend_rows)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]} {size[1]}" role="img" '
        f'aria-label="{escape(title)}" font-family="sans-serif" font-size="11">',
        f'<rect width="{size[0]}" height="{size[1]}" fill="#ffffff"/>',
    ]
    for index, (name, curves) in enumerate(panels.items()):
        x, y = index % COLUMNS * WIDTH, index // COLUMNS * HEIGHT
        parts.append(f'<g transform="translate({x},{y})">{_panel(name, ticks, curves, colours)}</g>')
    parts.append(f'<text x="{size[0] / 2:.0f}" y="{rows * HEIGHT + 6}" text-anchor="middle">{escape(title)}</text>')
    parts += [_legend(method, i, colours, rows * HEIGHT + 30) for i, method in enumerate(methods)]
    return "\n".join([*parts, "</svg>", ""])


def _panel(name: str, ticks: Sequence[str], curves: Sequence[Curve], colours: Mapping[str, str]) -> str:
    across = {tick: LEFT + 14 + i * (WIDTH - LEFT - 36) / (len(ticks) - 1) for i, tick in enumerate(ticks)}
    parts = [f'<text x="{LEFT}" y="20" font-weight="bold">{escape(name)}</text>']
    for value in (0, 0.25, 0.5, 0.75, 1):
        parts.append(f'<path d="M{LEFT} {_y(value):.0f}H{WIDTH - 10}" stroke="#dddddd"/>')
        parts.append(f'<text x="{LEFT - 4}" y="{_y(value) + 4:.0f}" text-anchor="end" fill="#666666">{value:g}</text>')
    parts += [
        f'<text x="{x:.0f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle" fill="#666666">{tick}</text>'
        for tick, x in across.items()
    ]
    return "".join([*parts, *(_curve(curve, across, colours[curve.method]) for curve in reversed(curves))])


def _curve(curve: Curve, across: Mapping[str, float], colour: str) -> str:
    at = [(across[tick], _y(curve.points[tick]), curve.points[tick]) for tick in across if tick in curve.points]
    width = 2.4 if curve.method in (OURS, PEER) else 1.2
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in at)
    dots = (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"><title>{escape(shown_as(curve.method))} '
        f"{value:.3f}</title></circle>"
        for x, y, value in at
    )
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>' + "".join(dots)


def _legend(method: str, index: int, colours: Mapping[str, str], top: int) -> str:
    x, y = LEFT + index % 4 * 215, top + index // 4 * 18
    return (
        f'<rect x="{x}" y="{y - 9}" width="12" height="12" fill="{colours[method]}"/>'
        f'<text x="{x + 17}" y="{y + 1}">{escape(shown_as(method))}</text>'
    )


def _y(iou: float) -> float:
    return HEIGHT - BOTTOM - iou * (HEIGHT - TOP - BOTTOM)
