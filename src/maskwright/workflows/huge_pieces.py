"""An image whose working scale does not fit into memory: predicted piece by piece, the mask kept on disk meanwhile."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from maskwright.errors import OutputError
from maskwright.files import write_text
from maskwright.imaging.large_images import TILE_PX, LargeImage
from maskwright.imaging.mask_geometry import Mask
from maskwright.inference.logits_to_masks import strongest_class
from maskwright.inference.segmenter import Segmenter

RAW_MASK = "raw.mask"
"""The mask before patches are removed, a byte a pixel."""
SOURCE_BYTES = 9
"""Of a pixel of a piece of the image: as read, as a photo, and its mask."""


@dataclass(frozen=True)
class Piece:
    """Rows and columns of an image that a piece gives, and those that the network is shown: with a margin around."""

    rows: slice
    columns: slice
    seen_rows: slice
    seen_columns: slice

    @property
    def seen_hw(self) -> tuple[int, int]:
        """Height and width of what the network is shown."""
        return self.seen_rows.stop - self.seen_rows.start, self.seen_columns.stop - self.seen_columns.start


def pieces_of(size_hw: tuple[int, int], side_px: int, margin_px: int) -> list[Piece]:
    """Return the pieces of an image, row by row, each of at most `side_px` and a margin on all sides."""
    (rows, seen_rows), (columns, seen_columns) = (_cuts(length, side_px, margin_px) for length in size_hw)
    return [
        Piece(row, column, seen_row, seen_column)
        for row, seen_row in zip(rows, seen_rows, strict=True)
        for column, seen_column in zip(columns, seen_columns, strict=True)
    ]


def _cuts(length: int, side_px: int, margin_px: int) -> tuple[list[slice], list[slice]]:
    own = [slice(start, min(start + side_px, length)) for start in range(0, length, side_px)]
    seen = [slice(max(0, cut.start - margin_px), min(length, cut.stop + margin_px)) for cut in own]
    return own, seen


def margin_of(segmenter: Segmenter, size_hw: tuple[int, int]) -> int:
    """Return the margin of pieces in pixels of the image: half a tile of the network at its coarsest scale."""
    members = (segmenter, *segmenter.others)
    return max(
        round(member.tile_px / 2 * max(size_hw) / (member.long_side_px * min(member.predict.zooms)))
        for member in members
    )


def side_of(segmenter: Segmenter, size_hw: tuple[int, int], *, pixel_bytes: int, most_bytes: int) -> int:
    """Return the largest side of pieces, in pixels of the image, that fits into memory; 0 where none does.

    `pixel_bytes` is what a pixel takes at the working scale.
    """
    margin = margin_of(segmenter, size_hw)
    for side in range(16 * TILE_PX, 0, -TILE_PX):
        seen = min(side + 2 * margin, size_hw[0]), min(side + 2 * margin, size_hw[1])
        scaled = sum(height * width for height, width in at_scale(segmenter, size_hw, seen).working_sizes(seen))
        if scaled * pixel_bytes + seen[0] * seen[1] * SOURCE_BYTES <= most_bytes:
            return side
    return 0


def at_scale(segmenter: Segmenter, size_hw: tuple[int, int], piece_hw: tuple[int, int]) -> Segmenter:
    """Return a segmenter that sees a piece of an image at the scale at which it would see the whole image."""
    share = max(piece_hw) / max(size_hw)
    others = tuple(at_scale(other, size_hw, piece_hw) for other in segmenter.others)
    return replace(segmenter, long_side_px=max(1, round(segmenter.long_side_px * share)), others=others)


def predicted_in_pieces(
    segmenter: Segmenter, image: LargeImage, pieces: list[Piece], folder: Path, step: Callable[[], None]
) -> Callable[[], Iterator[Mask]]:
    """Write the mask of strongest classes into a folder, piece by piece; return what gives it in strips of TILE_PX.

    Pieces that an earlier command finished are not repeated. OutputError where the disk is full.
    """
    raw = folder / RAW_MASK
    for number, piece in enumerate(pieces):
        done = folder / f"piece-{number:06}.done"
        if not done.is_file():
            _write(raw, piece, _mask_of(segmenter, image, piece), image.size_hw)
            write_text(done, "")
        step()
    return partial(_strips, raw, image.size_hw)


def _mask_of(segmenter: Segmenter, image: LargeImage, piece: Piece) -> Mask:
    """Return the strongest classes of a piece, without its margin."""
    photo = image.window(piece.seen_rows, piece.seen_columns)
    scaled = at_scale(segmenter, image.size_hw, piece.seen_hw)
    photo_at = scaled.at_working_sizes(photo)
    del photo
    mask = strongest_class(scaled.logits_of_sizes(piece.seen_hw, photo_at), piece.seen_hw)
    top, left = piece.rows.start - piece.seen_rows.start, piece.columns.start - piece.seen_columns.start
    height, width = piece.rows.stop - piece.rows.start, piece.columns.stop - piece.columns.start
    return mask[top : top + height, left : left + width]


def _write(raw: Path, piece: Piece, mask: Mask, size_hw: tuple[int, int]) -> None:
    """Write the rows of a piece in their places of a file, which is made if need be."""
    try:
        raw.touch()
        with raw.open("r+b") as file:
            for row, values in enumerate(mask, piece.rows.start):
                file.seek(row * size_hw[1] + piece.columns.start)
                file.write(np.ascontiguousarray(values).tobytes())
    except OSError as error:
        raise OutputError(f"cannot write {raw}: {error.strerror}; free some space or choose another place") from error


def _strips(raw: Path, size_hw: tuple[int, int]) -> Iterator[Mask]:
    height, width = size_hw
    for top in range(0, height, TILE_PX):
        rows = min(TILE_PX, height - top)
        yield np.fromfile(raw, dtype=np.uint8, count=rows * width, offset=top * width).reshape(rows, width)
