"""Drawn demo photos: phone photos of newspaper pages with one unsolved puzzle grid each, annotated as VIA 2 csv."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from maskwright.files import write_bytes, write_text
from maskwright.imaging.decoders.image_files import EXIF_ORIENTATION
from maskwright.imaging.mask_geometry import Points
from maskwright.imaging.photos import Photo
from maskwright.synthetic.light_and_camera import expose, light
from maskwright.synthetic.puzzle_ground import draw_ground, draw_sheet
from maskwright.synthetic.puzzle_page import PAGE_SIZE_HW, draw_page

Homography = NDArray[np.float64]

FINER = 2
"""The page is drawn into the photo at this many times its resolution, then averaged down."""
EXIF_DETAILS = 0x8769
"""The EXIF tag of the details."""
EXIF_TIME_TAKEN = 0x9003
"""The tag of the time taken among them."""
QUARTER_TURNS = {1: 0, 3: 2, 6: 1, 8: 3}
"""Counterclockwise quarter turns from the upright photo to the stored one, by EXIF orientation."""
COLUMNS = (
    "filename",
    "file_size",
    "file_attributes",
    "region_count",
    "region_id",
    "region_shape_attributes",
    "region_attributes",
)


@dataclass(frozen=True)
class DrawnPhoto:
    """An upright photo (HxWx3 uint8 RGB) and the corners of its grid (4x2) in its pixel-corner coordinates."""

    picture: Photo
    grid_xy: Points


def draw_puzzle_photos(
    folder: Path,
    *,
    count: int = 40,
    seed: int = 0,
    long_side_px: int = 900,
    on_photo: Callable[[], None] | None = None,
) -> Path:
    """Draw `count` JPEG photos and their annotations.csv (class "grid") into `folder`; return the csv's path.

    The same seed gives the same photos. Some are stored turned, with the EXIF orientation that sets them
    upright; the csv's polygons are in upright coordinates, as a browser shows the photo. `on_photo` is called after
    each photo.
    """
    rows = []
    taken = datetime(2026, 3, 14, 9, 5)
    for index in range(count):
        rng = np.random.default_rng((seed, index))
        taken += timedelta(seconds=int(rng.integers(150, 600)))
        orientation = (6, 1, 6, 3, 8, 1)[index % 6]
        drawn = draw_photo(rng, _photo_size_hw(rng, long_side_px, portrait=orientation in (6, 8) or index % 6 == 5))
        name, data = f"IMG_{2001 + index}.jpg", _as_jpeg(drawn.picture, orientation, taken)
        write_bytes(folder / name, data)
        rows.append(_via_row(name, len(data), drawn.grid_xy))
        if on_photo is not None:
            on_photo()
    write_text(folder / "annotations.csv", _as_csv(rows))
    return folder / "annotations.csv"


def _photo_size_hw(rng: Generator, long_side_px: int, *, portrait: bool) -> tuple[int, int]:
    long = round(long_side_px * rng.uniform(0.92, 1.0))
    short = round(long * rng.choice((3 / 4, 3 / 4, 2 / 3, 9 / 16)))
    return (long, short) if portrait else (short, long)


def draw_photo(rng: Generator, size_hw: tuple[int, int]) -> DrawnPhoto:
    """Return one photo of a page that lies on something; the same homography places page and polygon."""
    page = draw_page(rng)
    share = float(np.exp(rng.uniform(np.log(0.025), np.log(0.22))))
    to_photo = _camera(rng, page.grid_xy, size_hw, share=share)
    photo = _look(_ground_plane(rng, to_photo, size_hw), page.picture, to_photo, size_hw)
    return DrawnPhoto(expose(light(photo, rng), rng), project(to_photo, page.grid_xy))


def project(homography: Homography, xy: Points) -> Points:
    """Return Nx2 points mapped by a 3x3 homography."""
    mapped = np.column_stack([xy, np.ones(len(xy))]) @ homography.T
    return np.asarray(mapped[:, :2] / mapped[:, 2:])


def _camera(rng: Generator, grid_xy: Points, size_hw: tuple[int, int], *, share: float) -> Homography:
    """Return the homography from page to photo of a tilted camera whose grid fills about `share` of the photo."""
    focal, centre = 1.15 * max(size_hw), grid_xy.mean(axis=0)
    rotation = _rotation(rng)
    distance = focal * float(np.ptp(grid_xy[:, 0])) / np.sqrt(share * size_hw[0] * size_hw[1])
    for _ in range(40):
        pose = np.column_stack([rotation[:, 0], rotation[:, 1], (0.0, 0.0, distance)])
        view = np.diag((focal, focal, 1.0)) @ pose @ _shift(-centre)
        corners = project(view, grid_xy)
        span = corners.max(axis=0) - corners.min(axis=0)
        if (span < 0.9 * np.array(size_hw[::-1])).all():
            break
        distance *= 1.06
    slack = np.array(size_hw[::-1]) - span
    return np.asarray(_shift(rng.beta(1.6, 1.6, 2) * slack - corners.min(axis=0)) @ view)


def _rotation(rng: Generator) -> Homography:
    """Return a camera rotation: mostly near upright, tilted by up to some 35 degrees."""
    roll = float(np.clip(rng.normal(0, 0.22), -0.8, 0.8))
    pitch, yaw = rng.uniform(-0.6, 0.25), rng.uniform(-0.4, 0.4)
    turns = []
    for axis in np.diag((pitch, yaw, roll)):
        turn, _ = cv2.Rodrigues(np.asarray(axis, dtype=np.float64))
        turns.append(turn)
    return np.asarray(turns[0] @ turns[1] @ turns[2], dtype=np.float64)


def _shift(by_xy: Points) -> Homography:
    return np.array([(1.0, 0.0, by_xy[0]), (0.0, 1.0, by_xy[1]), (0.0, 0.0, 1.0)])


def _inverse(homography: Homography) -> Homography:
    return np.asarray(np.linalg.inv(homography), dtype=np.float64)


def _scale(factor: float) -> Homography:
    return np.diag((factor, factor, 1.0))


def _ground_plane(rng: Generator, to_photo: Homography, size_hw: tuple[int, int]) -> tuple[Photo, Homography]:
    """Return what lies under the page, drawn from above, and the homography from it to the photo."""
    size_px = int(1.6 * max(size_hw))
    middle = np.array([(size_hw[1] / 2, size_hw[0] / 2), (size_hw[1] / 2 + 1, size_hw[0] / 2 + 1)])
    seen_points = project(_inverse(to_photo), middle)
    px_per_unit = 0.75 * float(np.sqrt(2) / np.linalg.norm(seen_points[1] - seen_points[0]))
    to_ground = _shift(np.full(2, size_px / 2)) @ _scale(px_per_unit) @ _shift(-seen_points[0])
    ground = draw_ground(rng, size_px, px_per_unit=px_per_unit)
    height, width = PAGE_SIZE_HW
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)
    if rng.random() < 0.7:
        spread = corners - corners.mean(axis=0)
        turn = rng.normal(0, 0.03)
        slipped = spread @ np.array([(np.cos(turn), np.sin(turn)), (-np.sin(turn), np.cos(turn))]) + corners.mean(
            axis=0
        )
        draw_sheet(ground, project(to_ground, slipped + rng.uniform(-60, 60, 2)), rng)
    draw_sheet(ground, project(to_ground, corners), rng)
    return ground, to_photo @ _inverse(to_ground)


def _look(ground: tuple[Photo, Homography], page: Photo, to_photo: Homography, size_hw: tuple[int, int]) -> Photo:
    """Return ground and page as the camera sees them, drawn finer and averaged down."""
    finer_hw = (size_hw[0] * FINER, size_hw[1] * FINER)
    canvas = _warp(ground[0], _scale(FINER) @ ground[1], finer_hw, border=cv2.BORDER_REFLECT)
    shrink = FINER * np.sqrt(abs(np.linalg.det(to_photo[:2, :2] / to_photo[2, 2])))
    if shrink < 0.9:
        page = np.asarray(cv2.GaussianBlur(page, (0, 0), 0.45 / shrink), dtype=np.uint8)
    photo = _warp(page, _scale(FINER) @ to_photo, finer_hw, border=cv2.BORDER_TRANSPARENT, onto=canvas)
    return np.asarray(cv2.resize(photo, (size_hw[1], size_hw[0]), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _warp(
    picture: Photo, homography: Homography, size_hw: tuple[int, int], *, border: int, onto: Photo | None = None
) -> Photo:
    """Warp by a homography of pixel-corner coordinates; cv2 counts from pixel centres, half a pixel off."""
    half = np.full(2, 0.5)
    centred = _shift(-half) @ homography @ _shift(half)
    size_wh = (size_hw[1], size_hw[0])
    return np.asarray(cv2.warpPerspective(picture, centred, size_wh, onto, cv2.INTER_LINEAR, border), dtype=np.uint8)


def _as_jpeg(picture: Photo, orientation: int, taken: datetime) -> bytes:
    """Return the photo as a phone stores it: pixels turned, orientation and time in EXIF, quality 90."""
    stored = Image.fromarray(np.ascontiguousarray(np.rot90(picture, QUARTER_TURNS[orientation])))
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    exif.get_ifd(EXIF_DETAILS)[EXIF_TIME_TAKEN] = taken.strftime("%Y:%m:%d %H:%M:%S")
    buffer = io.BytesIO()
    stored.save(buffer, "JPEG", quality=90, exif=exif)
    return buffer.getvalue()


def _via_row(name: str, size_bytes: int, grid_xy: Points) -> tuple[str | int, ...]:
    x, y = (np.round(axis, 1).tolist() for axis in grid_xy.T)
    shape = json.dumps({"name": "polygon", "all_points_x": x, "all_points_y": y}, separators=(",", ":"))
    return (name, size_bytes, "{}", 1, 0, shape, json.dumps({"name": "grid"}, separators=(",", ":")))


def _as_csv(rows: list[tuple[str | int, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return text.getvalue()
