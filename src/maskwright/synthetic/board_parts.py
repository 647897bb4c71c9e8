"""Parts of a circuit board drawn by code, from above: chips, resistors, capacitors, connectors, and rings of metal."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.random import Generator

from maskwright.imaging.photos import Photo
from maskwright.synthetic.board import HOLE, Colour, Ink, shade, write
from maskwright.synthetic.board_coils import shadow
from maskwright.synthetic.printed_text import Box

PLASTIC = (38, 38, 42)
SILVER = (202, 204, 206)
BEIGE = (206, 178, 136)
COPPER = (196, 120, 66)
SLEEVES: tuple[Colour, ...] = ((34, 36, 44), (40, 52, 110), (70, 40, 30), (104, 60, 40), (52, 84, 60), (176, 120, 50))
BANDS: tuple[Colour, ...] = ((120, 60, 30), (200, 40, 40), (230, 120, 40), (220, 200, 60), (40, 120, 60), (30, 30, 30))

DrawPart = Callable[[Photo, Box, Ink, Generator], None]


def draw_part(board: Photo, box: Box, ink: Ink, rng: Generator) -> None:
    """Draw a part of a random kind into the box, upright or lying as the box is."""
    small: tuple[DrawPart, ...] = (_chip_resistor, _chip_resistor, _chip_capacitor, _banded_resistor, _tantalum)
    large: tuple[DrawPart, ...] = (_chip, _chip, _chip, _header, _socket, _crystal, _screws)
    kinds = small if min(box.width, box.height) < 36 else large
    kinds[int(rng.integers(0, len(kinds)))](board, box, ink, rng)


def draw_lookalike(board: Photo, box: Box, ink: Ink, rng: Generator) -> None:
    """Draw what is round like a coil, or copper like one, and is none."""
    kinds: tuple[DrawPart, ...] = (_electrolytic, _electrolytic, _ring_pad, _ring_pad, _bare_core, _copper_sheet)
    kinds[int(rng.integers(0, len(kinds)))](board, box, ink, rng)


def _rect(board: Photo, box: Box, colour: Colour, *, inset: float = 0.0) -> None:
    dx, dy = round(box.width * inset), round(box.height * inset)
    cv2.rectangle(board, (box.x + dx, box.y + dy), (box.x + box.width - dx, box.bottom - dy), colour, -1)


def _cast(board: Photo, box: Box, reach: int = 4) -> None:
    """A hard shadow below and right of a box."""
    left, top = max(0, box.x + reach), max(0, box.y + reach)
    under = board[top : max(0, box.bottom + reach), left : max(0, box.x + box.width + reach)]
    under[:] = (under * 0.55).astype(np.uint8)


def _middle(box: Box) -> tuple[int, int]:
    return box.x + box.width // 2, box.y + box.height // 2


def _ends(box: Box, share: float) -> tuple[Box, Box]:
    """Return the two ends of a box along its longer side."""
    if box.width >= box.height:
        part = max(2, round(box.width * share))
        return Box(box.x, box.y, part, box.height), Box(box.x + box.width - part, box.y, part, box.height)
    part = max(2, round(box.height * share))
    return Box(box.x, box.y, box.width, part), Box(box.x, box.bottom - part, box.width, part)


def _named(board: Photo, box: Box, ink: Ink, rng: Generator, letter: str) -> None:
    write(board, f"{letter}{rng.integers(1, 60)}", (box.x, box.y - 5), ink, size=0.4)


def _chip(board: Photo, box: Box, ink: Ink, rng: Generator) -> None:
    """An integrated circuit with pins on two or four sides, a dot at the first, and its name."""
    pitch, pin = int(rng.integers(7, 12)), max(3, int(min(box.width, box.height) * 0.1))
    square = box.width < 1.3 * box.height and box.height < 1.3 * box.width
    for x in range(box.x + pitch, box.x + box.width - pitch // 2, pitch):
        cv2.line(board, (x, box.y), (x, box.bottom), shade(ink.metal, 0.9), max(2, pitch // 3))
    if square:
        for y in range(box.y + pitch, box.bottom - pitch // 2, pitch):
            cv2.line(board, (box.x, y), (box.x + box.width, y), shade(ink.metal, 0.9), max(2, pitch // 3))
    side = pin if square else 0
    body = Box(box.x + side, box.y + pin, box.width - 2 * side, box.height - 2 * pin)
    _cast(board, body)
    tone = float(rng.uniform(0.8, 1.3))
    _rect(board, body, shade(PLASTIC, tone))
    cv2.line(board, (body.x, body.y), (body.x + body.width, body.y), shade(PLASTIC, 1.8 * tone), 1)
    cv2.circle(board, (body.x + 8, body.bottom - 8), 3, shade(PLASTIC, 0.5), -1, cv2.LINE_AA)
    name = f"{rng.choice(('TL', 'LM', 'AT', 'STM', 'NE', 'MC'))}{rng.integers(100, 9999)}"
    size = min(0.6, body.width / 130)
    place = (body.x + body.width // 8, body.y + body.height // 2 + 4)
    cv2.putText(board, name, place, cv2.FONT_HERSHEY_SIMPLEX, size, (150, 150, 150), 1, cv2.LINE_AA)
    _named(board, box, ink, rng, "U")


def _chip_resistor(board: Photo, box: Box, ink: Ink, rng: Generator) -> None:
    _rect(board, box, shade(PLASTIC, 0.8))
    for end in _ends(box, 0.22):
        _rect(board, end, shade(ink.metal, 1.05))
    if box.width >= 30:
        place = (box.x + box.width // 4, box.y + box.height // 2 + 4)
        cv2.putText(board, str(rng.integers(10, 99)), place, cv2.FONT_HERSHEY_SIMPLEX, 0.32, SILVER, 1, cv2.LINE_AA)
    _named(board, box, ink, rng, "R")


def _chip_capacitor(board: Photo, box: Box, ink: Ink, rng: Generator) -> None:
    _rect(board, box, shade((176, 142, 104), float(rng.uniform(0.8, 1.1))))
    for end in _ends(box, 0.25):
        _rect(board, end, shade(ink.metal, 1.05))
    _named(board, box, ink, rng, "C")


def _tantalum(board: Photo, box: Box, ink: Ink, rng: Generator) -> None:
    _cast(board, box, 3)
    _rect(board, box, shade((222, 170, 48), float(rng.uniform(0.8, 1.05))))
    _rect(board, _ends(box, 0.22)[0], (120, 70, 30))
    _named(board, box, ink, rng, "C")


def _banded_resistor(board: Photo, box: Box, ink: Ink, rng: Generator) -> None:
    """A wired resistor with coloured bands."""
    x, y = _middle(box)
    wide = box.width >= box.height
    half = max(box.width, box.height) // 2
    a, b = ((x - half, y), (x + half, y)) if wide else ((x, y - half), (x, y + half))
    cv2.line(board, a, b, SILVER, 2, cv2.LINE_AA)
    for end in (a, b):
        cv2.circle(board, end, 5, ink.metal, -1, cv2.LINE_AA)
    thick, reach = max(7, min(box.width, box.height) // 2), int(half * 0.62)
    body = BEIGE if rng.random() < 0.6 else (110, 158, 190)
    a, b = ((x - reach, y), (x + reach, y)) if wide else ((x, y - reach), (x, y + reach))
    cv2.line(board, a, b, body, thick, cv2.LINE_AA)
    for share in (-0.7, -0.25, 0.2, 0.7):
        at, band = int(share * reach), BANDS[int(rng.integers(0, len(BANDS)))]
        a, b = ((x + at, y - thick // 2), (x + at, y + thick // 2))
        a, b = (a, b) if wide else ((x - thick // 2, y + at), (x + thick // 2, y + at))
        cv2.line(board, a, b, band, 2)


def _header(board: Photo, box: Box, ink: Ink, rng: Generator) -> None:
    """A strip of pins in one or two rows."""
    pitch = int(rng.integers(13, 18))
    rows, columns = max(1, min(3, box.height // pitch)), max(1, box.width // pitch)
    strip = Box(box.x, box.y, columns * pitch, rows * pitch)
    _cast(board, strip)
    _rect(board, strip, shade(PLASTIC, 0.8))
    for row in range(rows):
        for column in range(columns):
            x, y = box.x + column * pitch + pitch // 2, box.y + row * pitch + pitch // 2
            cv2.rectangle(board, (x - 3, y - 3), (x + 3, y + 3), shade((214, 178, 96), 1.1), -1)
    _named(board, box, ink, rng, "J")


def _socket(board: Photo, box: Box, ink: Ink, rng: Generator) -> None:
    """A plug's housing: white, black or sheet metal."""
    colour = ((226, 222, 206), (48, 48, 50), SILVER)[int(rng.integers(0, 3))]
    _cast(board, box, 6)
    _rect(board, box, colour)
    _rect(board, box, shade(colour, 0.72), inset=0.14)
    for x in range(box.x + box.width // 5, box.x + box.width * 4 // 5, max(8, box.width // 6)):
        cv2.line(board, (x, box.y + box.height // 3), (x, box.y + box.height * 2 // 3), (214, 178, 96), 3)
    _named(board, box, ink, rng, "CN")


def _crystal(board: Photo, box: Box, ink: Ink, rng: Generator) -> None:
    radius, y = min(box.width, box.height) // 3, box.y + box.height // 2
    ends = ((box.x + radius, y), (max(box.x + radius + 1, box.x + box.width - radius), y))
    start, stop = ((x + 5, y + 5) for x, y in ends)
    cv2.line(board, start, stop, shade(ink.lacquer, 0.5), 2 * radius, cv2.LINE_AA)
    cv2.line(board, *ends, SILVER, 2 * radius, cv2.LINE_AA)
    cv2.line(board, *ends, shade(SILVER, 0.86), max(1, 2 * radius - 8), cv2.LINE_AA)
    cv2.putText(board, "16.000", ends[0], cv2.FONT_HERSHEY_SIMPLEX, 0.36, (90, 90, 90), 1, cv2.LINE_AA)
    _named(board, box, ink, rng, "Y")


def _screws(board: Photo, box: Box, ink: Ink, rng: Generator) -> None:
    """A terminal block with slotted screws."""
    colour = ((46, 120, 70), (44, 86, 150), (60, 60, 62))[int(rng.integers(0, 3))]
    _cast(board, box, 6)
    _rect(board, box, colour)
    pitch = max(22, min(box.height, 40))
    for x in range(box.x + pitch // 2, box.x + box.width - pitch // 3, pitch):
        centre, radius, turn = (x, box.y + box.height // 2), pitch // 3, float(rng.uniform(0, np.pi))
        cv2.circle(board, centre, radius, shade(SILVER, 0.85), -1, cv2.LINE_AA)
        reach = np.array((np.cos(turn), np.sin(turn))) * radius
        a, b = ((int(centre[0] + s * reach[0]), int(centre[1] + s * reach[1])) for s in (-1, 1))
        cv2.line(board, a, b, (70, 70, 70), 2)
    _named(board, box, ink, rng, "X")


def _electrolytic(board: Photo, box: Box, ink: Ink, rng: Generator) -> None:
    """A can from above: sleeve, aluminium head with a vent cut in, a mark for the minus side."""
    centre, radius = _middle(box), min(box.width, box.height) // 2
    shadow(board, centre, radius * 1.1)
    sleeve = SLEEVES[int(rng.integers(0, len(SLEEVES)))]
    cv2.circle(board, centre, radius, sleeve, -1, cv2.LINE_AA)
    turn, head = float(rng.uniform(0, 360)), int(radius * rng.uniform(0.74, 0.88))
    if rng.random() < 0.5:
        cv2.ellipse(board, centre, (radius, radius), turn, -35, 35, (216, 216, 210), -1, cv2.LINE_AA)
    cv2.circle(board, centre, head, shade(SILVER, float(rng.uniform(0.8, 1.1))), -1, cv2.LINE_AA)
    cuts = 2 if rng.random() < 0.7 else 3
    for index in range(cuts):
        angle = np.deg2rad(turn) + index * np.pi / cuts
        reach = np.array((np.cos(angle), np.sin(angle))) * head * 0.8
        a, b = ((int(centre[0] + s * reach[0]), int(centre[1] + s * reach[1])) for s in (-1, 1))
        cv2.line(board, a, b, (120, 122, 124), 2, cv2.LINE_AA)
    _named(board, box, ink, rng, "C")


def _ring_pad(board: Photo, box: Box, ink: Ink, rng: Generator) -> None:
    """The plated ring around a mounting hole, tin or bare copper, often with vias in it."""
    centre, radius = _middle(box), min(box.width, box.height) // 2
    metal = COPPER if rng.random() < 0.5 else ink.metal
    cv2.circle(board, centre, radius, shade(metal, float(rng.uniform(0.85, 1.1))), -1, cv2.LINE_AA)
    cv2.circle(board, centre, radius - 2, shade(metal, 1.12), 2, cv2.LINE_AA)
    hole = int(radius * rng.uniform(0.42, 0.62))
    if rng.random() < 0.5:
        for angle in np.linspace(0, 2 * np.pi, 9)[:-1]:
            at = np.array((np.cos(angle), np.sin(angle))) * (radius + hole) / 2
            cv2.circle(board, (int(centre[0] + at[0]), int(centre[1] + at[1])), 3, shade(metal, 0.5), -1, cv2.LINE_AA)
    cv2.circle(board, centre, hole, HOLE if rng.random() < 0.6 else (150, 146, 140), -1, cv2.LINE_AA)


def _bare_core(board: Photo, box: Box, ink: Ink, rng: Generator) -> None:
    """A ring of ferrite that no wire goes around, or a buzzer."""
    centre, radius = _middle(box), min(box.width, box.height) // 2
    shadow(board, centre, radius * 1.1)
    tone = float(rng.uniform(0.8, 1.8))
    cv2.circle(board, centre, radius, shade(PLASTIC, tone), -1, cv2.LINE_AA)
    cv2.circle(board, centre, int(radius * 0.72), shade(PLASTIC, 1.4 * tone), max(2, radius // 6), cv2.LINE_AA)
    cv2.circle(board, centre, int(radius * rng.uniform(0.15, 0.45)), HOLE, -1, cv2.LINE_AA)
    _named(board, box, ink, rng, "BZ")


def _copper_sheet(board: Photo, box: Box, ink: Ink, rng: Generator) -> None:
    """A copper heat sink with fins: the colour and the stripes of a coil that lies."""
    _cast(board, box, 5)
    metal = shade(COPPER, float(rng.uniform(0.8, 1.1)))
    _rect(board, box, metal)
    for x in range(box.x + 4, box.x + box.width - 2, 11):
        cv2.line(board, (x, box.y + 1), (x, box.bottom - 1), shade(metal, 0.6), 3)
    _named(board, box, ink, rng, "HS")
