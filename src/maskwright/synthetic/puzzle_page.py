"""A newspaper page drawn by code: headline, columns of text, a puzzle grid, and what looks like one but is not."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from maskwright.imaging.mask_geometry import Points
from maskwright.imaging.photos import Photo
from maskwright.synthetic.printed_text import GREY, GUTTER, INK, LINE, RED, Box, columns_of, rule, sentence, write_text

PAGE_SIZE_HW = (2160, 1600)
MARGIN = 70
TITLES = ("Futoshiki", "Puzzle", "Number grid", "Unequal", "Brain gym", "Logic square")
LEVELS = ("Easy", "Medium", "Hard", "Tricky")

Cells = NDArray[np.int64]


@dataclass(frozen=True)
class Page:
    """A page as HxWx3 uint8 RGB, and the corners (4x2, clockwise) of its unsolved puzzle grid."""

    picture: Photo
    grid_xy: Points


@dataclass(frozen=True)
class Style:
    """How grids are printed: boxes apart with signs between them, or ruled lines; `line_px` is their width."""

    cells: int
    apart: bool
    line_px: int


def draw_page(rng: Generator) -> Page:
    """Return a page with one unsolved grid; its chess diagram and its solved grid are distractors."""
    height, width = PAGE_SIZE_HW
    picture = np.full((height, width, 3), 255, dtype=np.uint8)
    top = _draw_head(picture, rng)
    split = int(rng.integers(top + 850, top + 1000))
    upper, lower = (
        Box(MARGIN, top, width - 2 * MARGIN, split - top),
        Box(MARGIN, split + 30, width - 2 * MARGIN, height - split - 90),
    )
    story, puzzles = (upper, lower) if rng.random() < 0.7 else (lower, upper)
    rule(picture, MARGIN, lower.y - 24, lower.width)
    _draw_story(picture, story, rng)
    grid_xy = _draw_puzzles(picture, puzzles, rng)
    return Page(_print(picture, rng), grid_xy)


def _draw_head(picture: Photo, rng: Generator) -> int:
    """Draw the line at the head of the page and return the y below it."""
    if rng.random() < 0.4:
        tint = (236, 190, 188) if rng.random() < 0.5 else (196, 214, 226)
        picture[: MARGIN + 40] = tint
    cv2.putText(picture, str(rng.integers(2, 80)), (MARGIN, 82), cv2.FONT_HERSHEY_TRIPLEX, 1.2, INK, 1, cv2.LINE_AA)
    cv2.putText(picture, sentence(rng, 2), (MARGIN + 500, 82), cv2.FONT_HERSHEY_COMPLEX, 1.1, INK, 1, cv2.LINE_AA)
    rule(picture, MARGIN, 108, PAGE_SIZE_HW[1] - 2 * MARGIN)
    return 140


def _draw_story(picture: Photo, box: Box, rng: Generator) -> None:
    """Fill `box` with a headline, often a picture, and columns of text."""
    size = float(rng.uniform(1.8, 2.8))
    words = sentence(rng, int(12 / size))
    cv2.putText(picture, words, (box.x, box.y + int(30 * size)), cv2.FONT_HERSHEY_TRIPLEX, size, INK, 2, cv2.LINE_AA)
    body = Box(box.x, box.y + int(46 * size), box.width, box.height - int(46 * size))
    columns = columns_of(body, int(rng.integers(4, 6)))
    pictured = int(rng.integers(0, len(columns) - 1)) if rng.random() < 0.6 else -2
    for index, column in enumerate(columns):
        if index == pictured:
            height = min(body.height - 80, int(rng.integers(240, 420)))
            _draw_picture(picture, Box(column.x, column.y, 2 * column.width + GUTTER, height), rng)
        taken = min(body.height - 40, height + LINE) if index in (pictured, pictured + 1) else 0
        write_text(picture, Box(column.x, column.y + taken, column.width, column.height - taken), rng)


def _draw_puzzles(picture: Photo, box: Box, rng: Generator) -> Points:
    """Fill `box` with the puzzle, the chess column and text, in any order; return the corners of the puzzle's grid."""
    widths = {"puzzle": 2, "chess": 2 if rng.random() < 0.4 else 1, "text": 1}
    columns = columns_of(box, sum(widths.values()))
    grid_xy, at = np.zeros((4, 2)), 0
    for name in rng.permutation(list(widths)):
        first, last = columns[at], columns[at + widths[name] - 1]
        panel = Box(first.x, box.y, last.x + last.width - first.x, box.height)
        at += widths[name]
        if name == "puzzle":
            grid_xy = _draw_puzzle(picture, panel, rng)
        elif name == "chess":
            _draw_chess(picture, panel, rng)
        else:
            write_text(picture, panel, rng)
        if at < len(columns):
            picture[box.y : box.bottom, panel.x + panel.width + GUTTER // 2] = GREY
    return grid_xy


def _draw_puzzle(picture: Photo, box: Box, rng: Generator) -> Points:
    """Draw title, rules, last week's solution (small, filled) and the unsolved grid; return the latter's corners."""
    style = Style(int(rng.integers(5, 10)), bool(rng.random() < 0.65), int(rng.integers(3, 5)))
    small = int(box.width * rng.uniform(0.34, 0.48))
    large = min(int(box.width * rng.uniform(0.84, 1.0)), box.height - small - 130)
    cv2.putText(
        picture, str(rng.choice(TITLES)), (box.x, box.y + 34), cv2.FONT_HERSHEY_TRIPLEX, 1.25, INK, 2, cv2.LINE_AA
    )
    cv2.putText(
        picture, str(rng.choice(LEVELS)), (box.x, box.y + 76), cv2.FONT_HERSHEY_TRIPLEX, 1.1, RED, 1, cv2.LINE_AA
    )
    write_text(picture, Box(box.x, box.y + 92, box.width - small - GUTTER, small - 10), rng)
    corner = (box.x + box.width - small, box.y + 62)
    cv2.putText(picture, "Last week", (corner[0], corner[1] - 14), cv2.FONT_HERSHEY_DUPLEX, 0.6, INK, 1, cv2.LINE_AA)
    _draw_grid(picture, corner, small, style=Style(style.cells, style.apart, 2), cells=_latin_square(style.cells, rng))
    given = rng.random((style.cells, style.cells)) < rng.uniform(0.06, 0.28)
    corner = (box.x + (box.width - large) // 2, box.y + 62 + small + 40)
    xy = _draw_grid(picture, corner, large, style=style, cells=_latin_square(style.cells, rng) * given)
    if style.apart:
        _draw_signs(picture, corner, large, cells=style.cells, rng=rng)
    below = int(xy[2, 1]) + 30
    write_text(picture, Box(box.x, below, box.width, box.bottom - below), rng)
    return xy


def _latin_square(count: int, rng: Generator) -> Cells:
    rows, columns, digits = (rng.permutation(count) for _ in range(3))
    return np.asarray(digits[(rows[:, None] + columns[None, :]) % count] + 1, dtype=np.int64)


def _cell_spans(count: int, side_px: int, *, apart: bool) -> list[tuple[int, int]]:
    """Return first and last-but-one pixel of each cell along one side; ruled cells share their lines."""
    pitch = side_px / (count - 0.4) if apart else side_px / count
    width = 0.6 * pitch if apart else pitch
    return [(round(i * pitch), round(i * pitch + width)) for i in range(count)]


def _draw_grid(picture: Photo, corner_xy: tuple[int, int], side_px: int, *, style: Style, cells: Cells) -> Points:
    """Draw the cells with their digits (0 = blank) and return the outer corners, exact to the pixel edge."""
    spans = _cell_spans(style.cells, side_px, apart=style.apart)
    x0, y0 = corner_xy
    bold = {9: 3, 6: 3, 8: 4}.get(style.cells, 99)
    for row, (top, bottom) in enumerate(spans):
        for column, (left, right) in enumerate(spans):
            cell = picture[y0 + top : y0 + bottom, x0 + left : x0 + right]
            thick = [style.line_px + 2 * (not style.apart and i % bold == 0) for i in (row, column)]
            cell[: thick[0]], cell[:, : thick[1]] = INK, INK
            if style.apart or row == style.cells - 1:
                cell[-style.line_px :] = INK
            if style.apart or column == style.cells - 1:
                cell[:, -style.line_px :] = INK
            if cells[row, column]:
                _draw_digit(cell, int(cells[row, column]))
    end = spans[-1][1]
    return np.array([(x0, y0), (x0 + end, y0), (x0 + end, y0 + end), (x0, y0 + end)], dtype=np.float64)


def _draw_digit(cell: Photo, digit: int) -> None:
    height, width = cell.shape[:2]
    size, bold = height * 0.025, max(1, height // 24)
    (wide, high), _ = cv2.getTextSize(str(digit), cv2.FONT_HERSHEY_SIMPLEX, size, bold)
    at = ((width - wide) // 2, (height + high) // 2)
    drawn = np.ascontiguousarray(cell)
    cv2.putText(drawn, str(digit), at, cv2.FONT_HERSHEY_SIMPLEX, size, INK, bold, cv2.LINE_AA)
    cell[:] = drawn


def _draw_signs(picture: Photo, corner_xy: tuple[int, int], side_px: int, *, cells: int, rng: Generator) -> None:
    """Draw "<" or ">" between some neighbouring boxes, turned by a quarter where they stand one above the other."""
    spans = np.array(_cell_spans(cells, side_px, apart=True))
    between, middle = (spans[1:, 0] + spans[:-1, 1]) / 2, spans.mean(axis=1)
    reach = 0.22 * (spans[1, 0] - spans[0, 1]) + 1.5
    wedge = np.array([(-1.0, -1.3), (1.0, 0.0), (-1.0, 1.3)]) * reach
    for gap in between:
        for along in middle:
            for upright in (False, True):
                if rng.random() < 0.22:
                    shape = wedge * rng.choice((-1, 1))
                    shape = shape[:, ::-1] + np.array((along, gap)) if upright else shape + np.array((gap, along))
                    points = np.rint((shape + corner_xy) * 16).astype(np.int32)
                    cv2.polylines(picture, [points], False, INK, 2, cv2.LINE_AA, 4)


def _draw_chess(picture: Photo, box: Box, rng: Generator) -> None:
    """Draw a chess column: title, text, an 8x8 diagram with pieces, text."""
    cv2.putText(picture, "Chess", (box.x, box.y + 34), cv2.FONT_HERSHEY_TRIPLEX, 1.25, INK, 2, cv2.LINE_AA)
    lead = int(rng.integers(2, 14)) * LINE
    write_text(picture, Box(box.x, box.y + 56, box.width, lead), rng)
    square = min(box.width // 8, (box.height - lead - 120) // 8)
    x0, y0 = box.x + (box.width - 8 * square) // 2, box.y + 70 + lead
    dark = np.add.outer(np.arange(8), np.arange(8)) % 2 == 1
    board = np.where(np.kron(dark, np.ones((square, square), dtype=np.bool_)), int(rng.integers(120, 185)), 250)
    picture[y0 : y0 + 8 * square, x0 : x0 + 8 * square] = board[:, :, None]
    cv2.rectangle(picture, (x0 - 2, y0 - 2), (x0 + 8 * square + 1, y0 + 8 * square + 1), INK, 2)
    for place in rng.permutation(64)[: int(rng.integers(8, 22))]:
        centre = (x0 + (int(place) % 8 + 0.5) * square, y0 + (int(place) // 8 + 0.5) * square)
        _draw_piece(picture, centre, square, white=bool(rng.random() < 0.5), tall=bool(rng.random() < 0.5))
    below = y0 + 8 * square + 24
    write_text(picture, Box(box.x, below, box.width, box.bottom - below), rng)


def _draw_piece(picture: Photo, centre_xy: tuple[float, float], square_px: int, *, white: bool, tall: bool) -> None:
    """Draw a chessman as head, body and foot."""
    x, y = round(centre_xy[0]), round(centre_xy[1])
    unit = square_px / 10
    top = y - round((2.6 if tall else 1.4) * unit)
    body = np.rint(
        [(x - 1.1 * unit, top), (x + 1.1 * unit, top), (x + 2.6 * unit, y + 3 * unit), (x - 2.6 * unit, y + 3 * unit)]
    )
    fill = (248, 248, 248) if white else INK
    cv2.fillPoly(picture, [body.astype(np.int32)], fill, cv2.LINE_AA)
    cv2.polylines(picture, [body.astype(np.int32)], True, INK, 2, cv2.LINE_AA)
    cv2.circle(picture, (x, top), round((1.3 if tall else 1.7) * unit), fill, -1, cv2.LINE_AA)
    cv2.circle(picture, (x, top), round((1.3 if tall else 1.7) * unit), INK, 2, cv2.LINE_AA)
    foot = (x - round(3 * unit), y + round(3 * unit)), (x + round(3 * unit), y + round(3.8 * unit))
    cv2.rectangle(picture, *foot, INK, -1)


def _draw_picture(picture: Photo, box: Box, rng: Generator) -> None:
    """Fill `box` with a grey press photo: sky, hills, a few figures."""
    sky = np.linspace(rng.uniform(170, 230), rng.uniform(110, 170), box.height)[:, None] + np.zeros(box.width)
    for level in np.sort(rng.uniform(0.35, 0.9, 3)):
        ridge = cv2.resize(rng.normal(0, 1, (1, 9)), (box.width, 1), interpolation=cv2.INTER_CUBIC)[0] * 18
        below = np.arange(box.height)[:, None] > level * box.height + ridge[None, :]
        sky = np.where(below, rng.uniform(40, 130), sky)
    sky += rng.normal(0, 9, sky.shape)
    picture[box.y : box.bottom, box.x : box.x + box.width] = np.clip(sky, 20, 240).astype(np.uint8)[:, :, None]


def _print(picture: Photo, rng: Generator) -> Photo:
    """Return the page as printed: paper tone, grain, the other side shining through, a fold."""
    height, width = PAGE_SIZE_HW
    through = cv2.blur(cv2.flip(picture, 1), (5, 5))
    page = cv2.addWeighted(picture, 0.95, through, 0.05, 0)
    waves = cv2.resize(rng.standard_normal((6, 5), dtype=np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    grain = rng.standard_normal((height // 2, width // 2), dtype=np.float32)
    shade = 1 + 0.03 * waves + 0.012 * cv2.resize(grain, (width, height), interpolation=cv2.INTER_NEAREST)
    distance = np.arange(height) - rng.uniform(0.3, 0.7) * height
    crease = np.where(distance > 0, -0.16 * np.exp(-distance / 26), 0.04 * np.exp(distance / 60))
    shade = (shade + crease[:, None]).astype(np.float32)
    tone = rng.uniform(0.88, 0.96) * np.array((1.0, rng.uniform(0.97, 0.99), rng.uniform(0.90, 0.97)))
    channels = [cv2.multiply(page[:, :, i], shade, None, float(tone[i]), cv2.CV_8U) for i in range(3)]
    return np.asarray(cv2.merge(channels), dtype=np.uint8)
