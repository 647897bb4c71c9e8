"""Prediction on files: class-id masks, overlays, and polygons that an annotation tool opens."""

import errno
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from maskwright.datasets.formats.via.via2 import via_entry
from maskwright.errors import DataError, MaskwrightError, OutputError
from maskwright.files import make_folder, read_json, write_bytes, write_json
from maskwright.findings.finding import Finding, make_finding, some
from maskwright.imaging.photos import Photo, photo_size_hw, read_photo
from maskwright.inference.outputs.object_table import (
    OBJECTS,
    TOTALS,
    PhotoRows,
    rows_before,
    write_rows,
)
from maskwright.inference.outputs.photo_outputs import Measuring, PhotoOutputs, photo_outputs, shown_name
from maskwright.inference.segmenter import PhotoAt, Segmenter
from maskwright.inference.sources.photo_list import PhotoToDo
from maskwright.runs.output_folder import require_no_other_pictures
from maskwright.thread_pool import finish_behind, read_ahead

REGIONS = "regions.via.json"
AHEAD_PX = 50_000_000
"""Photos of more pixels are not read while another one is predicted."""
BEHIND_PX = 25_000_000
"""Of more pixels, a photo's files are written before the next one is predicted."""
MOST_BYTES = 1 << 30
"""Of a regions file of earlier predictions."""

Written = tuple[dict[str, object], PhotoRows]
"""Of one photo: its entry for the regions file, and its rows in the tables."""

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
        for todo, written in _written(segmenter, photos, out, measuring):
            with contained(todo, findings):
                done[shown_name(todo)], rows[shown_name(todo)] = written()
            if on_photo is not None and shown_name(todo) in done:
                on_photo(todo)
    finally:
        write_json(out / REGIONS, _as_via({**before, **done}))
        write_rows(out / OBJECTS, tables[0], [row for photo in rows.values() for row in photo.objects], rows)
        write_rows(out / TOTALS, tables[1], [row for photo in rows.values() for row in photo.totals], rows)
    unsure = {name: photo.totals[0]["unsure"] for name, photo in rows.items() if photo.totals}
    return Predicted(len(done), tuple(findings), {name: why for name, why in unsure.items() if why})


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
class _ReadPhoto:
    """A photo, and the same at the sizes at which the networks see it."""

    pixels: Photo
    at: PhotoAt


def read_photo_to_do(segmenter: Segmenter, todo: PhotoToDo) -> Photo:
    """Return a photo as the Segmenter takes it; DataError for one that cannot be read."""
    return read_photo(todo.path, grey_range=segmenter.grey_range, bands=segmenter.bands)


def _pixels_below(most_px: int) -> Callable[[PhotoToDo], bool]:
    """Return what says whether a photo has at most so many pixels, by its header."""

    def is_small(todo: PhotoToDo) -> bool:
        try:
            height, width = photo_size_hw(todo.path)
        except Exception:  # reading it in its turn says what is wrong, with this photo alone
            return False
        return height * width <= most_px

    return is_small


def _written(
    segmenter: Segmenter, photos: Sequence[PhotoToDo], out: Path, measuring: Measuring
) -> Iterator[tuple[PhotoToDo, Callable[[], Written]]]:
    """Yield each photo with what returns, or raises, what was written of it.

    While the network computes one photo, the next one is read and reduced, and the files of the last one are written.
    """

    def read(todo: PhotoToDo) -> _ReadPhoto:
        pixels = read_photo_to_do(segmenter, todo)
        return _ReadPhoto(pixels, segmenter.at_working_sizes(pixels))

    def predict(todo: PhotoToDo, reading: Callable[[], _ReadPhoto]) -> Callable[[], Written]:
        photo = reading()
        prediction = segmenter.prediction_at((photo.pixels.shape[0], photo.pixels.shape[1]), photo.at)
        return lambda: _write(
            photo_outputs(photo.pixels, prediction, todo, classes=segmenter.classes, measuring=measuring), todo, out
        )

    ahead = read_ahead(photos, read, is_small=_pixels_below(AHEAD_PX))
    return finish_behind(ahead, predict, is_small=_pixels_below(BEHIND_PX))


def _write(outputs: PhotoOutputs, todo: PhotoToDo, out: Path) -> Written:
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
