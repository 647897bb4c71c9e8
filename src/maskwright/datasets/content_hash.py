"""What a training learnt from, as short texts: other photos, masks or classes give others."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from maskwright.datasets.dataset import Dataset, MaskFile


@dataclass(frozen=True)
class Digests:
    """`data`: of all that is learnt from, see `data_digest`; `photos`: of the bytes of each photo."""

    data: str
    photos: tuple[str, ...]


def digests_of(dataset: Dataset) -> Digests:
    """Return the digests of a training part."""
    return Digests(data_digest(dataset), tuple(photo_digest(sample.photo) for sample in dataset.samples))


def data_digest(dataset: Dataset) -> str:
    """Return a digest of names, photo sizes in bytes, truths and classes, and of how masks are read and thinned."""
    reading = (dataset.classes, dataset.id_map, dataset.mask_rule, dataset.keep_pixels, dataset.keep_seed)
    digest = hashlib.sha256(repr(reading).encode())
    for sample in dataset.samples:
        truth = _bytes(sample.truth.path) if isinstance(sample.truth, MaskFile) else repr(sample.truth).encode()
        size = sample.photo.stat().st_size if sample.photo.exists() else -1
        digest.update(repr((sample.name, size, sample.part)).encode(errors="backslashreplace"))
        digest.update(truth)
    return digest.hexdigest()[:16]


def photo_digest(path: Path) -> str:
    """Return a digest of a photo's bytes: the same photo elsewhere, under another name, has the same."""
    return hashlib.sha256(_bytes(path)).hexdigest()[:16]


def _bytes(path: Path) -> bytes:
    """Return a file's bytes, none where it cannot be read: whoever decodes it says so."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
