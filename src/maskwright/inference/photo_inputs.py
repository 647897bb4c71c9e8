"""What a Segmenter accepts as a photo: paths, PIL images, arrays and tensors. What is ambiguous is refused."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from maskwright.datasets.photo_with_mask import Example
from maskwright.errors import DataError
from maskwright.imaging.grey_range import GreyRange, eight_bits
from maskwright.imaging.photos import Bands, Photo, photo_of_image, read_photo

Layout = Literal["hwc", "chw"]
AnyPhoto = Path | str | Image.Image | NDArray[Any] | Tensor
CHANNELS = (1, 3, 4)
"""Grey, RGB, and RGB with an alpha channel, which is left out."""


def as_photo(
    value: object,
    *,
    grey_range: GreyRange | None = None,
    layout: Layout | None = None,
    bands: Bands | None = None,
) -> Photo:
    """Return a photo, however it is given, as HxWx3 uint8 RGB, upright.

    Paths and PIL images are turned by their EXIF orientation. Arrays and tensors hold uint8, or uint16 if the run was
    trained on such photos (`grey_range`): HxW, HxWx1, HxWx3 or HxWx4. `layout` says which axis holds the channels;
    without it a tensor may be CHW or HWC where its shape tells which. `bands` are those taken from a file. Raises
    DataError for everything else.
    """
    match value:
        case str() | Path():
            return _of_path(Path(value), grey_range, bands)
        case Image.Image():
            _require_one_frame(value)
            return photo_of_image(value, grey_range=grey_range, where="the PIL image")
        case Tensor():
            pixels = _of_tensor(value)
            return _of_pixels(pixels, grey_range, layout or _layout_of(pixels))
        case np.ma.MaskedArray() if np.ma.is_masked(value):
            raise DataError("the array has masked pixels, whose values mean nothing: fill them, as in photo.filled(0)")
        case np.ndarray():
            return _of_pixels(value, grey_range, layout or "hwc")
        case Example():
            raise DataError("an Example is a photo and its mask: give example.photo")
        case _:
            raise DataError(
                f"{_a(type(value).__name__)} is no photo: give a path, a PIL image, a HxWx3 uint8 array or tensor, "
                "or a list of these"
            )


def _require_one_frame(image: Image.Image) -> None:
    """Raise DataError for an animation: which frame is meant is not known. Phones' MPO files hold a preview too."""
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format in ("GIF", "WEBP", "PNG"):
        raise DataError(f"the PIL image has {frames} frames: give one, as in image.seek(0); image.copy()")


def _of_path(path: Path, grey_range: GreyRange | None, bands: Bands | None) -> Photo:
    if str(path).startswith(("http:/", "https:/", "s3:/")):
        raise DataError(f"{path} is an address and no file: download the photo, or use `maskwright predict RUN URL`")
    if path.is_dir():
        raise DataError(f"{path} is a folder: give its photos as a list, or use `maskwright predict RUN {path}`")
    return read_photo(path, grey_range=grey_range, bands=bands)


def _of_tensor(tensor: Tensor) -> NDArray[Any]:
    tensor = tensor.detach().cpu()
    if tensor.dtype in (torch.uint8, torch.uint16):
        return tensor.numpy()
    if tensor.is_complex() or not tensor.numel():
        raise DataError(f"a tensor of {tensor.dtype}, shape {_shape(tensor)}: give torch.uint8 from 0 to 255")
    values = tensor.double()
    low, high = float(values.min()), float(values.max())
    raise DataError(f"{tensor.dtype} values from {low:.3g} to {high:.3g}: {_advice(low, high, of=_TENSOR)}")


def _layout_of(pixels: NDArray[Any]) -> Layout:
    """Return the layout of a tensor that only one layout fits; "hwc" where the number of axes is wrong anyway."""
    if pixels.ndim != 3:
        return "hwc"
    first, last = pixels.shape[0] in CHANNELS, pixels.shape[2] in CHANNELS
    if first and last:
        raise DataError(f'a tensor of shape {_shape(pixels)} may be CHW or HWC: say layout="chw" or layout="hwc"')
    return "chw" if first else "hwc"


def _of_pixels(pixels: NDArray[Any], grey_range: GreyRange | None, layout: Layout) -> Photo:
    if layout not in ("hwc", "chw"):
        raise DataError(f'layout={layout!r} is unknown: say "hwc" or "chw"')
    _require_one_photo(pixels, layout)
    _require_known_values(pixels, grey_range)
    if pixels.ndim == 3 and layout == "chw":
        pixels = pixels.transpose(1, 2, 0)
    pixels = pixels[:, :, None] if pixels.ndim == 2 else pixels[:, :, : 3 if pixels.shape[2] == 4 else None]
    rgb = np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels
    return np.ascontiguousarray(eight_bits(rgb, grey_range))


def _require_one_photo(pixels: NDArray[Any], layout: Layout) -> None:
    """Raise DataError unless the axes are those of one photo."""
    if pixels.size == 0:
        raise DataError(f"an array of shape {_shape(pixels)} has no pixels: give HxWx3")
    if pixels.ndim == 4:
        raise DataError(f"shape {_shape(pixels)} is a batch: give a list of photos, as in segmenter.mask(list(batch))")
    if pixels.ndim not in (2, 3):
        raise DataError(f"shape {_shape(pixels)} is no photo: give HxWx3, or HxW for grey")
    channels = 1 if pixels.ndim == 2 else pixels.shape[2 if layout == "hwc" else 0]
    if channels not in CHANNELS:
        other: Layout = "chw" if layout == "hwc" else "hwc"
        fits = pixels.shape[0 if layout == "hwc" else 2] in CHANNELS
        hint = f'say layout="{other}"' if fits else "give 1 (grey), 3 (RGB) or 4 (RGBA)"
        raise DataError(f"shape {_shape(pixels)} has {channels} channels as {layout.upper()}: {hint}")


def _require_known_values(pixels: NDArray[Any], grey_range: GreyRange | None) -> None:
    """Raise DataError unless the values are uint8, or uint16 in a run that knows their range."""
    if pixels.dtype == np.uint8 or (pixels.dtype == np.uint16 and grey_range is not None):
        return
    if pixels.dtype == np.uint16:
        raise DataError("uint16 values, but this run was trained on 8-bit photos: give uint8, or the file's path")
    if pixels.dtype.kind not in "fiub":
        raise DataError(f"{pixels.dtype} values: give uint8 from 0 to 255")
    low, high = float(pixels.min()), float(pixels.max())
    raise DataError(f"{pixels.dtype} values from {low:.3g} to {high:.3g}: {_advice(low, high, of=_ARRAY)}")


_ARRAY = "photo.round().astype(np.uint8)"
"""What makes an array whole numbers, as advice in a message."""
_TENSOR = "photo.round().to(torch.uint8)"
"""The same of a tensor."""


def _advice(low: float, high: float, *, of: str) -> str:
    """Return how such values become uint8, where their range tells: normalised ones cannot be converted back."""
    if not (np.isfinite(low) and np.isfinite(high)):
        return "give uint8 from 0 to 255, before any normalisation; NaN and infinity are no brightness"
    if low < 0:
        return "give uint8 from 0 to 255, before any normalisation"
    if high > 255:
        return "give uint8 from 0 to 255; only the file itself, given by its path, says how to scale these"
    return f"give uint8 from 0 to 255, as in {of.replace('photo', '(255 * photo)') if high <= 1 else of}"


def _shape(pixels: NDArray[Any] | Tensor) -> str:
    return "x".join(map(str, pixels.shape)) or "()"


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiouAEIOU" else f"a {noun}"
