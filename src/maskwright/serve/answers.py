"""The answers to one photo: mask, overlay, polygons, GeoJSON, confidence, or all in one. Computed in the worker."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from maskwright.classes import ClassTable
from maskwright.imaging.drawing import draw_overlay, encode_jpeg
from maskwright.imaging.mask_geometry import Bools, Mask, component_areas, trace_rings
from maskwright.imaging.photos import Photo
from maskwright.inference.outputs.photo_outputs import encode_mask
from maskwright.inference.outputs.polygons import SIMPLIFY_SHARE, mask_regions
from maskwright.inference.segmenter import Segmenter, speck_share

JPEG_QUALITY = 88
Json = dict[str, object]


@dataclass(frozen=True)
class Prediction:
    """A photo with its HxW mask, and the HxW probability (0 to 1, float32) of each pixel's own class.

    Patches of fewer than `speck_px` pixels are specks.
    """

    photo: Photo
    mask: Mask
    confidence: NDArray[np.float32]
    classes: ClassTable
    speck_px: float = 0.0


def predict_photo(segmenter: Segmenter, photo: Photo) -> Prediction:
    """Return the prediction of a HxWx3 uint8 RGB photo; its mask is that of `Segmenter.mask`."""
    prediction = segmenter.prediction(photo)
    speck_px = speck_share(segmenter.predict, segmenter.long_side_px) * max(photo.shape[:2]) ** 2
    return Prediction(photo, prediction.mask, prediction.confidence, segmenter.classes, speck_px)


def mask_answer(prediction: Prediction) -> bytes:
    """Return the class ids as a PNG with a palette."""
    return encode_mask(prediction.mask, prediction.classes)


def overlay_answer(prediction: Prediction) -> bytes:
    """Return the photo with the mask drawn on it, as a JPEG."""
    return encode_jpeg(draw_overlay(prediction.photo, prediction.mask, prediction.classes), JPEG_QUALITY)


def confidence_answer(prediction: Prediction) -> bytes:
    """Return the probability of each pixel's class as a grey PNG: 255 is certain."""
    data = BytesIO()
    Image.fromarray(np.rint(prediction.confidence * 255).astype(np.uint8)).save(data, format="PNG")
    return data.getvalue()


def polygons_answer(prediction: Prediction) -> bytes:
    """Return classes, areas and polygons (x, y in pixels of the upright photo) as JSON."""
    return _encoded(_described(prediction))


def everything_answer(prediction: Prediction) -> bytes:
    """Return what `polygons_answer` returns, and the mask as a PNG in base64."""
    return _encoded({**_described(prediction), "mask_png": base64.b64encode(mask_answer(prediction)).decode()})


def geojson_answer(prediction: Prediction) -> bytes:
    """Return the objects as GeoJSON features with holes, in pixels of the upright photo, y down."""
    features = [
        _feature(prediction, class_id, outline, holes)
        for class_id in prediction.classes.scored
        for outline, holes in trace_rings(_of_class(prediction.mask, class_id), tolerance_px=_tolerance(prediction))
    ]
    return _encoded({"type": "FeatureCollection", "features": features})


def _feature(
    prediction: Prediction, class_id: int, outline: NDArray[np.float64], holes: list[NDArray[np.float64]]
) -> Json:
    rings = [[*ring.tolist(), ring[0].tolist()] for ring in (outline, *holes)]
    return {
        "type": "Feature",
        "properties": {"class": prediction.classes.names[class_id], "class_id": class_id},
        "geometry": {"type": "Polygon", "coordinates": rings},
    }


def _described(prediction: Prediction) -> Json:
    height, width = prediction.mask.shape
    polygons = [
        {"class": name, "points": polygon.tolist()}
        for name, polygon in mask_regions(prediction.mask, prediction.classes)
    ]
    return {
        "width": width,
        "height": height,
        "classes": [_class_facts(prediction, class_id) for class_id in prediction.classes.scored],
        "mean_confidence": round(float(prediction.confidence.mean()), 4),
        "polygons": polygons,
    }


def _class_facts(prediction: Prediction, class_id: int) -> Json:
    inside = _of_class(prediction.mask, class_id)
    areas = component_areas(inside)
    return {
        "id": class_id,
        "name": prediction.classes.names[class_id],
        "colour": list(prediction.classes.colours[class_id]),
        "area_px": int(areas.sum()),
        "share": round(float(areas.sum()) / inside.size, 6),
        "objects": len(areas),
        "specks": int(np.count_nonzero(areas < prediction.speck_px)),
        "confidence": round(float(prediction.confidence[inside].mean()), 4) if len(areas) else None,
    }


def _of_class(mask: Mask, class_id: int) -> Bools:
    return np.asarray(mask == class_id, dtype=np.bool_)


def _tolerance(prediction: Prediction) -> float:
    return max(0.5, SIMPLIFY_SHARE * float(max(prediction.mask.shape)))


def _encoded(value: Json) -> bytes:
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode()


FORMATS: dict[str, tuple[str, Callable[[Prediction], bytes]]] = {
    "mask": ("image/png", mask_answer),
    "overlay": ("image/jpeg", overlay_answer),
    "polygons": ("application/json", polygons_answer),
    "geojson": ("application/geo+json", geojson_answer),
    "confidence": ("image/png", confidence_answer),
    "all": ("application/json", everything_answer),
}
"""Content type and function of each `?format=`."""

BY_CONTENT_TYPE = {"image/png": "mask", "image/jpeg": "overlay", "application/geo+json": "geojson"}
"""The format that an Accept header asks for; polygons for all others."""
