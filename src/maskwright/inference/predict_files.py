"""Prediction on files: class-id masks, overlays, and polygons that an annotation tool opens."""

import errno
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from PIL import Image

from maskwright.classes import ClassTable
from maskwright.datasets.formats.via.via2 import via_entry
from maskwright.errors import DataError, MaskwrightError, OutputError
from maskwright.files import make_folder, read_json, write_bytes, write_json
from maskwright.findings.finding import Finding, make_finding, some
from maskwright.imaging.drawing import draw_overlay, encode_jpeg
from maskwright.imaging.mask_geometry import Mask, reduce_photo, reduced_size_hw, resize_mask
from maskwright.imaging.photos import Photo, photo_size_hw, read_photo
from maskwright.inference.outputs.object_table import (
    OBJECTS,
    TOTALS,
    PhotoRows,
    Scale,
    rows_before,
    rows_of,
    write_rows,
)
from maskwright.inference.outputs.polygons import mask_regions
from maskwright.inference.segmenter import Segmenter
from maskwright.inference.sources.photo_list import PhotoToDo
from maskwright.runs.output_folder import require_no_other_pictures
from maskwright.thread_pool import read_ahead

OVERLAY_LONG_SIDE_PX = 1600
REGIONS = "regions.via.json"
AHEAD_PX = 50_000_000
"""Photos of more pixels are not read while another one is predicted."""
MOST_BYTES = 1 << 30
"""Of a regions file of earlier predictions."""

Entries = dict[str, dict[str, object]]
"""The photos of a VIA file: file name -> entry with `size` (bytes) and `regions`."""


@dataclass(frozen=True)
class Predicted:
    """What `predict_files` did: how many photos were segmented, a finding for each that was not, and who is unsure.

    `unsure` holds the reason by the photo's name.
    """

    done: int
    findings: tuple[Finding, ...]
    unsure: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Measuring:
    """How objects are measured; `unlike` says of a photo and its file how it differs from training, "" if not."""

    scale: Scale = field(default_factory=Scale)
    unlike: Callable[[Photo, Path], str] | None = None


def predict_files(
    segmenter: Segmenter,
    photos: Sequence[PhotoToDo],
    out: Path,
    *,
    measuring: Measuring | None = None,
    on_photo: Callable[[PhotoToDo], None] | None = None,
) -> Predicted:
    """Write `masks/<name>.png`, `overlays/<name>.jpg`, `regions.via.json`, `objects.csv`, `totals.csv` below `out`.

    What earlier predictions left in `out` stays; regions and rows are merged. A photo that cannot be predicted becomes
    a finding, and the others go on. Raises OutputError if results cannot be written, or if masks of other photos
    would be replaced.
    """
    make_folder(out)
    before, done = _require_own_masks(photos, out), Entries()
    tables = [rows_before(out / OBJECTS), rows_before(out / TOTALS)]
    measuring, rows = measuring or Measuring(), dict[str, PhotoRows]()
    # If this process is killed, the next one knows by these entries that the masks are ours.
    write_json(out / REGIONS, _as_via({**{shown_name(todo): _entry(todo) for todo in photos}, **before}))
    findings: list[Finding] = []
    try:
        for todo, photo in read_ahead(photos, lambda todo: _read(segmenter, todo), is_small=_is_small):
            with contained(todo, findings):
                done[shown_name(todo)], rows[shown_name(todo)] = _predict(segmenter, todo, photo(), out, measuring)
            if on_photo is not None and shown_name(todo) in done:
                on_photo(todo)
    finally:
        write_json(out / REGIONS, _as_via({**before, **done}))
        write_rows(out / OBJECTS, tables[0], [row for photo in rows.values() for row in photo.objects], rows)
        write_rows(out / TOTALS, tables[1], [row for photo in rows.values() for row in photo.totals], rows)
    unsure = {name: photo.totals[0]["unsure"] for name, photo in rows.items() if photo.totals}
    return Predicted(len(done), tuple(findings), {name: why for name, why in unsure.items() if why})


def shown_name(todo: PhotoToDo) -> str:
    """Return the file name of a photo in the regions file."""
    return (Path(todo.name).parent / todo.path.name).as_posix()


def _entry(todo: PhotoToDo) -> dict[str, object]:
    return via_entry(shown_name(todo), todo.path.stat().st_size if todo.path.exists() else 0, [])


def _as_via(entries: Entries) -> Entries:
    return {f"{name}{entry['size']}": entry for name, entry in entries.items()}


def _require_own_masks(photos: Sequence[PhotoToDo], out: Path) -> Entries:
    """Return the entries of earlier predictions in `out`; OutputError if a mask there is of another photo."""
    if not (out / REGIONS).exists():
        for folder in (out, out / "masks", out / "overlays"):
            require_no_other_pictures(folder)
    before = _entries_before(out / REGIONS)
    foreign = [
        todo.name
        for todo in photos
        if _mask_path(out, todo).exists() and _size(before.get(shown_name(todo))) not in (_entry(todo)["size"], None)
    ]
    unknown = [todo.name for todo in photos if _mask_path(out, todo).exists() and shown_name(todo) not in before]
    if foreign or unknown:
        raise OutputError(
            f"{out / 'masks'} holds masks of other photos, or masks not predicted here, under these names: "
            f"{some(foreign + unknown)}: choose another --out"
        )
    return before


def _size(entry: Mapping[str, object] | None) -> object:
    return None if entry is None else entry.get("size")


def _entries_before(path: Path) -> Entries:
    if not path.exists():
        return {}
    try:
        values = read_json(path, most_bytes=MOST_BYTES)
    except MaskwrightError as error:
        raise OutputError(f"{error}: remove the file, or choose another --out") from error
    stored = list(values.values()) if isinstance(values, dict) else [None]
    entries = [entry for entry in stored if isinstance(entry, dict) and {"filename", "size", "regions"} <= entry.keys()]
    if len(entries) < len(stored):
        raise OutputError(f"{path} was not written by predict: move it away, or choose another --out")
    return {str(entry["filename"]): entry for entry in entries}


def _mask_path(out: Path, todo: PhotoToDo) -> Path:
    return out / "masks" / f"{todo.name}.png"


@dataclass(frozen=True)
class PhotoOutputs:
    """What a prediction writes of one photo: two encoded pictures, an entry of the regions file, rows of the tables."""

    mask_png: bytes
    overlay_jpeg: bytes
    entry: dict[str, object]
    rows: PhotoRows


def _read(segmenter: Segmenter, todo: PhotoToDo) -> Photo:
    return read_photo(todo.path, grey_range=segmenter.grey_range, bands=segmenter.bands)


def _is_small(todo: PhotoToDo) -> bool:
    """True for a photo of which two fit into memory."""
    try:
        height, width = photo_size_hw(todo.path)
    except Exception:  # reading it in its turn says what is wrong, with this photo alone
        return False
    return height * width <= AHEAD_PX


def photo_outputs(
    segmenter: Segmenter, todo: PhotoToDo, measuring: Measuring, *, photo: Photo | None = None
) -> PhotoOutputs:
    """Predict one photo, read already or not; nothing is written. Raises DataError for one that cannot be read."""
    photo = _read(segmenter, todo) if photo is None else photo
    prediction = segmenter.prediction(photo)
    mask = prediction.mask
    unlike = measuring.unlike(photo, todo.path) if measuring.unlike else ""
    return PhotoOutputs(
        encode_mask(mask, segmenter.classes),
        _overlay(photo, mask, segmenter.classes),
        via_entry(shown_name(todo), todo.path.stat().st_size, mask_regions(mask, segmenter.classes)),
        rows_of(shown_name(todo), prediction, segmenter.classes, measuring.scale, unlike=unlike),
    )


def _predict(
    segmenter: Segmenter, todo: PhotoToDo, photo: Photo, out: Path, measuring: Measuring
) -> tuple[dict[str, object], PhotoRows]:
    """Write mask and overlay of a photo; return its entry for the regions file, and its rows in the tables."""
    outputs = photo_outputs(segmenter, todo, measuring, photo=photo)
    write_bytes(_mask_path(out, todo), outputs.mask_png)
    write_bytes(out / "overlays" / f"{todo.name}.jpg", outputs.overlay_jpeg)
    return outputs.entry, outputs.rows


@contextmanager
def contained(todo: PhotoToDo, findings: list[Finding]) -> Iterator[None]:
    """Turn whatever one photo raises into a finding; pass on what concerns all photos, such as a full disk."""
    try:
        yield
    except OutputError as error:
        if not (isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.ENAMETOOLONG):
            raise
        findings.append(not_predicted(todo.name, error))
    except DataError as error:
        findings.append(not_predicted(todo.name, error))
    except MaskwrightError:
        raise
    except Exception as error:  # photos come from anywhere: no list of exceptions is complete
        findings.append(not_predicted(todo.name, f"{todo.path}: {type(error).__name__}: {str(error)[:120]}"))


def not_predicted(name: str, reason: object) -> Finding:
    """Return the finding of a photo, by its name in the output, that was not predicted."""
    return make_finding("photo-unreadable", str(reason), photos=(name,), variant="predict")


def encode_mask(mask: Mask, classes: ClassTable) -> bytes:
    """Return the HxW class ids as a PNG whose palette shows the class colours."""
    image = Image.fromarray(mask)
    image.putpalette([value for colour in classes.colours for value in colour])
    data = BytesIO()
    image.save(data, format="PNG", compress_level=4)
    return data.getvalue()


def _overlay(photo: Photo, mask: Mask, classes: ClassTable) -> bytes:
    small = reduce_photo(photo, OVERLAY_LONG_SIDE_PX)
    size_hw = reduced_size_hw((photo.shape[0], photo.shape[1]), OVERLAY_LONG_SIDE_PX)
    return encode_jpeg(draw_overlay(small, resize_mask(mask, size_hw), classes), 88)
