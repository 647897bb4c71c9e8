"""Printed text drawn by code: boxes of a page, columns, lines of words, headings."""

from dataclasses import dataclass

import cv2
from numpy.random import Generator

from maskwright.imaging.photos import Photo

GUTTER = 26
LINE = 19
TEXT_SIZE = 0.45
INK = (50, 48, 52)
GREY = (120, 118, 120)
RED = (176, 38, 44)
PROSE = """
the of and to in a is that for it as was with on be at by this had not are but from or have an they which one you
were all their there would what will when who more if out so up said about into than its time only some could
these two may then do first any now such like our over even most after also made many before must through years
where much your way well down should because each just those people how too little state good very make world
still own see men work long here get both between life being under never day same another know while last might
us great old year off come since against go came right used take three council market summer garden harbour
minister river season players evening railway morning village letter winter theatre kitchen weather
"""
WORDS = tuple(PROSE.split())


@dataclass(frozen=True)
class Box:
    """A rectangle of the page in whole pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def bottom(self) -> int:
        return self.y + self.height


def write_text(picture: Photo, box: Box, rng: Generator) -> None:
    """Fill `box` with justified lines in paragraphs, some of them headed in bold or red."""
    left_in_paragraph = int(rng.integers(4, 14))
    for y in range(box.y + LINE - 4, box.bottom - 4, LINE):
        left_in_paragraph -= 1
        if left_in_paragraph == 0 and rng.random() < 0.25:
            colour = RED if rng.random() < 0.5 else INK
            _write_line(
                picture, Box(box.x, y, int(box.width * 0.7), 0), rng, colour=colour, face=cv2.FONT_HERSHEY_TRIPLEX
            )
        else:
            share = float(rng.uniform(0.3, 0.9)) if left_in_paragraph == 0 else 1.0
            _write_line(picture, Box(box.x, y, int(box.width * share), 0), rng)
        if left_in_paragraph <= 0:
            left_in_paragraph = int(rng.integers(4, 14))


def _write_line(
    picture: Photo,
    line: Box,
    rng: Generator,
    *,
    colour: tuple[int, int, int] = INK,
    face: int = cv2.FONT_HERSHEY_COMPLEX,
) -> None:
    """Write words on the base line `line.y`, spread over its width."""
    words: list[str] = []
    widths: list[int] = []
    room = line.width
    for index in rng.integers(0, len(WORDS), 14):
        width = cv2.getTextSize(WORDS[index], face, TEXT_SIZE, 1)[0][0]
        if width + 6 * len(words) > room:
            continue
        words.append(WORDS[index])
        widths.append(width)
        room -= width
    x, gap = float(line.x), min(room / max(len(words) - 1, 1), 14)
    for word, width in zip(words, widths, strict=True):
        cv2.putText(picture, word, (int(x), line.y), face, TEXT_SIZE, colour, 1, cv2.LINE_AA)
        x += width + gap


def sentence(rng: Generator, count: int) -> str:
    """Return `count` of the longer words as a heading."""
    return " ".join(WORDS[i] for i in rng.integers(60, len(WORDS), max(count, 1))).capitalize()


def columns_of(box: Box, count: int) -> list[Box]:
    """Return the box cut into columns of one width with gutters between."""
    width = (box.width - (count - 1) * GUTTER) // count
    return [Box(box.x + i * (width + GUTTER), box.y, width, box.height) for i in range(count)]


def rule(picture: Photo, x: int, y: int, width: int) -> None:
    """Draw a thin grey line across."""
    picture[y : y + 2, x : x + width] = GREY
