"""Outlines of photos whose sides are not those that the annotation file states: which sides the coordinates count on.

Photos that were resized after they were annotated keep the coordinates of their old sides. Some programs write new
coordinates and leave the old sides in the file. The coordinates themselves tell the two apart.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from maskwright.datasets.truth.shape_bounds import bounds_of
from maskwright.datasets.truth.shapes import Bitmap, Ellipse, Polygon, Shape, bitmap_of, ellipse, paint, with_class

Reading = Literal["scaled", "stretched", "kept", "exchanged"]
ROUNDING_PX, RATIO_DIFFERS = 1, 0.02
BEYOND_PX, FEW = 1.5, 0.1
CHANCE = 0.01
"""Probability that no shape of photos at their old sides reaches beyond the new ones, below which that is believed."""


@dataclass(frozen=True)
class StatedPhoto:
    """The shapes of a photo, the sides that the file states, and those that the upright photo has.

    `in_shares`: the file's coordinates were made from shares of the photo and the stated sides.
    """

    shapes: Sequence[Shape]
    stated_hw: tuple[int, int]
    photo_hw: tuple[int, int]
    in_shares: bool = False

    @property
    def differs(self) -> bool:
        """True if the sides differ by more than a rounding."""
        return any(abs(a - b) > ROUNDING_PX for a, b in zip(self.stated_hw, self.photo_hw, strict=True))

    @property
    def sides_wh(self) -> tuple[int, int, int, int]:
        """Width and height as stated, then those of the photo."""
        return (*self.stated_hw[::-1], *self.photo_hw[::-1])

    @property
    def is_exchanged(self) -> bool:
        """True if height and width are exchanged, as in a file that states the sides before an EXIF rotation."""
        return self.differs and self.stated_hw == self.photo_hw[::-1]

    @property
    def by_xy(self) -> tuple[float, float]:
        """The factors from coordinates on the stated sides to those on the photo."""
        return self.photo_hw[1] / self.stated_hw[1], self.photo_hw[0] / self.stated_hw[0]

    @property
    def is_resized(self) -> bool:
        """True if the ratio of the sides is the same, up to rounding; one side alone changes by padding or cropping."""
        (x, y), shortest = self.by_xy, min(*self.stated_hw, *self.photo_hw)
        return 1.0 not in (x, y) and abs(x / y - 1) <= max(RATIO_DIFFERS, 2 * ROUNDING_PX / shortest)

    def reaches(self, wh: tuple[int, int]) -> bool:
        """Return whether a shape reaches beyond these sides."""
        return bool((self._right_bottom() > np.add(wh, BEYOND_PX)).any())

    def ends_at(self, wh: tuple[int, int]) -> bool:
        """Return whether a shape ends at the right or bottom edge of these sides, and none reaches beyond."""
        return not self.reaches(wh) and bool((self._right_bottom() > np.subtract(wh, BEYOND_PX)).any())

    def _right_bottom(self) -> NDArray[np.float64]:
        corners: NDArray[np.float64] = bounds_of(self.shapes)[:, 2:].max(axis=0, initial=0.0)
        return corners


def readings(photos: Mapping[str, StatedPhoto]) -> dict[str, Reading]:
    """Return for each photo with other sides than stated whether its shapes are scaled to it, or kept as they are."""
    differing = {name: photo for name, photo in photos.items() if photo.differs}
    free = [photo for photo in differing.values() if not photo.in_shares and not photo.is_exchanged]
    by_kind = {kind: [photo for photo in free if _kind(photo) == kind] for kind in ("smaller", "larger", "other")}
    on_stated = {kind: _ON_STATED[kind](alike) for kind, alike in by_kind.items()}
    return {name: _reading(photo, on_stated) for name, photo in differing.items()}


def _kind(photo: StatedPhoto) -> str:
    """Return how the photo differs from the stated sides: as a whole smaller or larger, or in another ratio."""
    return "other" if not photo.is_resized else "larger" if photo.by_xy[0] > 1 else "smaller"


def _reading(photo: StatedPhoto, on_stated: Mapping[str, bool]) -> Reading:
    if photo.in_shares:
        return "scaled"
    if photo.is_exchanged:
        return "exchanged"
    kind = _kind(photo)
    if not on_stated[kind]:
        return "kept"
    return "stretched" if kind == "other" else "scaled"


def _smaller_on_stated(photos: Sequence[StatedPhoto]) -> bool:
    """Tell whether coordinates count on the stated sides, where all photos are smaller than these.

    Then shapes reach beyond the photos. Shapes that end at the edge of their photo count on this.
    """
    if sum(photo.reaches(photo.photo_hw[::-1]) for photo in photos) > FEW * len(photos):
        return True
    if sum(photo.ends_at(photo.photo_hw[::-1]) for photo in photos) > FEW * len(photos):
        return False
    return float(np.prod([min(photo.by_xy) for photo in photos])) > CHANCE


def _larger_on_stated(photos: Sequence[StatedPhoto]) -> bool:
    """Tell the same where all photos are larger: then shapes do not reach beyond the stated sides."""
    return sum(photo.reaches(photo.stated_hw[::-1]) for photo in photos) <= FEW * len(photos)


def _stretched_on_stated(photos: Sequence[StatedPhoto]) -> bool:
    """Tell the same where the ratio of sides changed: shapes reach beyond photos, and not beyond the stated sides."""
    beyond = sum(photo.reaches(photo.photo_hw[::-1]) for photo in photos)
    outside = sum(photo.reaches(photo.stated_hw[::-1]) for photo in photos)
    return beyond > FEW * len(photos) and outside <= FEW * len(photos)


_ON_STATED: Mapping[str, Callable[[Sequence[StatedPhoto]], bool]] = {
    "smaller": _smaller_on_stated,
    "larger": _larger_on_stated,
    "other": _stretched_on_stated,
}


def scaled(shape: Shape, photo: StatedPhoto) -> Shape:
    """Return a shape that was drawn on the stated sides as one on the photo."""
    x, y = photo.by_xy
    match shape:
        case Polygon():
            outline, *holes = (ring * (x, y) for ring in shape.rings)
            return replace(shape, xy=outline, holes=tuple(holes))
        case Ellipse(_, centre_xy, radii_xy, angle_rad):
            centre_xy, radii_xy = (centre_xy[0] * x, centre_xy[1] * y), (radii_xy[0] * x, radii_xy[1] * y)
            return with_class(ellipse(centre_xy, radii_xy, angle_rad=angle_rad), shape.class_id)
        case Bitmap():
            drawn = paint([with_class(shape, 1)], photo.stated_hw, photo.photo_hw)
            return bitmap_of(shape.class_id, drawn == 1)
