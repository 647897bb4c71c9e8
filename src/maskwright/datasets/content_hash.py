"""Short texts that identify what a model was trained on: other photos, masks or classes give other texts."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.truth.mask_truth import MaskFile, MaskFiles
from maskwright.datasets.truth.shapes import Bitmap, Polygon, Shape, Shapes


@dataclass(frozen=True)
class Digests:
    """`data`: of all training data, see `data_digest`; `photos`: of the bytes of each photo."""

    data: str
    photos: tuple[str, ...]


def digests_of(dataset: Dataset) -> Digests:
    """Return the digests of a training part."""
    return Digests(data_digest(dataset), tuple(sample_digest(sample) for sample in dataset.samples))


def data_digest(dataset: Dataset) -> str:
    """Return a digest of names, photo sizes in bytes, truths and classes, and of how masks are read and subsampled."""
    reading = (dataset.classes, dataset.id_map, dataset.mask_rule, dataset.keep_pixels, dataset.keep_seed)
    digest = hashlib.sha256(repr(reading).encode())
    rule = dataset.mask_rule
    if dataset.bands is not None or not (rule is None or rule.is_plain):  # what earlier versions did not know
        extra = rule and (rule.by_colour, rule.by_alpha, rule.dark, rule.light)
        digest.update(repr((dataset.bands, extra)).encode())
    for sample in dataset.samples:
        size = sample.photo.stat().st_size if sample.photo.exists() else -1
        digest.update(repr((sample.name, size, sample.part)).encode(errors="backslashreplace"))
        digest.update(_truth(sample))
    return digest.hexdigest()[:16]


def _truth(sample: Sample) -> bytes:
    match sample.truth:
        case MaskFile(path, None):
            return _bytes(path)
        case MaskFile(path, page):
            return _bytes(path) + repr(page).encode()
        case MaskFiles():
            layers = [(layer.class_id, layer.file.page) for layer in sample.truth.layers]
            whole = b"".join(_bytes(file.path) for file in sample.truth.files)
            return whole + repr((layers, sample.truth.view is not None)).encode()
        case Shapes(shapes):
            inner = ", ".join(_in_full(shape) for shape in shapes)
            return f"Shapes(shapes=({inner}{',' if len(shapes) == 1 else ''}))".encode()
    return repr(sample.truth).encode()


def _in_full(shape: Shape) -> str:
    """Return the shape with every number; a polygon without holes reads as in version 0.1.0, whose runs hold it."""
    match shape:
        case Polygon(class_id):
            outline, *holes = (tuple(map(tuple, ring.tolist())) for ring in shape.rings)
            return f"Polygon(class_id={class_id}, xy={outline}{f', holes={holes}' if holes else ''})"
        case Bitmap(class_id, corner, size_hw, counts):
            return f"Bitmap({class_id}, {corner}, {size_hw}, {counts.tolist()})"
    return repr(shape)


def sample_digest(sample: Sample) -> str:
    """Return a digest of a sample's photo; the pictures of a stack, which is one file, differ by their place."""
    digest = photo_digest(sample.photo)
    return digest if sample.page is None else f"{digest}-{sample.page.array}{sample.page.index}"


def photo_digest(path: Path) -> str:
    """Return a digest of a photo's bytes: the same photo elsewhere, under another name, has the same."""
    return hashlib.sha256(_bytes(path)).hexdigest()[:16]


def _bytes(path: Path) -> bytes:
    """Return a file's bytes, none where it cannot be read: whoever decodes it says so."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
