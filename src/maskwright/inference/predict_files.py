"""Prediction on files: class-id masks, overlays, and polygons that an annotation tool opens."""

import errno
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Lock

from maskwright.concurrency.thread_pool import in_order
from maskwright.datasets.formats.via.via2 import via_entry
from maskwright.errors import DataError, MaskwrightError, OutputError
from maskwright.files import make_folder, read_json, write_bytes, write_json
from maskwright.findings.finding import Finding, make_finding, some
from maskwright.imaging.photos import Photo, photo_size_hw, read_photo
from maskwright.inference.exported.runtimes import threads
from maskwright.inference.outputs.object_table import OBJECTS, TOTALS, PhotoRows, rows_before, write_rows
from maskwright.inference.outputs.photo_outputs import Measuring, PhotoOutputs, photo_outputs, shown_name
from maskwright.inference.parallel_photos import for_callers
from maskwright.inference.segmenter import Segmenter
from maskwright.inference.sources.photo_list import PhotoToDo
from maskwright.output_file_names import MASKS_FOLDER, OVERLAYS_FOLDER, REGIONS_FILE
from maskwright.runs.output_folder import require_no_other_pictures

TOGETHER_PX = 25_000_000
"""A photo of more pixels is predicted alone."""
MOST_THREADS = 4
MOST_BYTES = 1 << 30
"""Of a regions file of earlier predictions."""


@dataclass(frozen=True)
class Written:
    """What was written of one photo: its entry for the regions file, and its rows in the tables."""

    entry: dict[str, object]
    rows: PhotoRows


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
    before, finished = _require_own_masks(photos, out), dict[str, Written]()
    tables = [rows_before(out / OBJECTS), rows_before(out / TOTALS)]
    # If this process is killed, the next one knows by these entries that the masks are ours.
    write_json(out / REGIONS_FILE, _as_via({**{shown_name(todo): _entry(todo) for todo in photos}, **before}))
    findings: list[Finding] = []
    try:
        with closing(_predicted(segmenter, photos, out, measuring or Measuring(), finished)) as results:
            for todo, result in results:
                with contained(todo, findings):
                    result()
                if on_photo is not None and shown_name(todo) in finished:
                    on_photo(todo)
    finally:
        done = {shown_name(todo): finished[shown_name(todo)] for todo in photos if shown_name(todo) in finished}
        rows = {name: written.rows for name, written in done.items()}
        write_json(out / REGIONS_FILE, _as_via({**before, **{name: written.entry for name, written in done.items()}}))
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
    if not (out / REGIONS_FILE).exists():
        for folder in (out, out / MASKS_FOLDER, out / OVERLAYS_FOLDER):
            require_no_other_pictures(folder)
    before = _entries_before(out / REGIONS_FILE)
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
    return out / MASKS_FOLDER / f"{todo.name}.png"


def read_photo_to_do(segmenter: Segmenter, todo: PhotoToDo) -> Photo:
    """Return a photo as the Segmenter takes it; DataError for one that cannot be read."""
    return read_photo(todo.path, grey_range=segmenter.grey_range, bands=segmenter.bands)


def _is_small(todo: PhotoToDo) -> bool:
    """Return whether a photo, by its header, may be predicted beside others."""
    try:
        height, width = photo_size_hw(todo.path)
    except Exception:  # reading it in its turn says what is wrong, with this photo alone
        return False
    return height * width <= TOGETHER_PX


def _predicted(
    segmenter: Segmenter, photos: Sequence[PhotoToDo], out: Path, measuring: Measuring, finished: dict[str, Written]
) -> Generator[tuple[PhotoToDo, Callable[[], None]], None, None]:
    """Yield each photo with what predicts it and writes its files, or raises; then it is entered into `finished`.

    Several photos are worked on at a time, a large one alone.
    """
    callers = max(2, min(MOST_THREADS, threads()))  # one reads while the network of another computes
    shared, in_turn = for_callers(segmenter, callers, photos=len(photos)), Lock()

    def work(segmenter: Segmenter, todo: PhotoToDo) -> None:
        photo = read_photo_to_do(segmenter, todo)
        size_hw, photo_at = (photo.shape[0], photo.shape[1]), segmenter.at_working_sizes(photo)
        with nullcontext() if segmenter is shared else in_turn:
            logits = segmenter.logits_of_sizes(size_hw, photo_at)
        prediction = segmenter.prediction_of(logits, size_hw)
        finished[shown_name(todo)] = _write(
            photo_outputs(photo, prediction, todo, classes=segmenter.classes, measuring=measuring), todo, out
        )

    def alone(todo: PhotoToDo) -> Callable[[PhotoToDo], None] | None:
        return None if _is_small(todo) else partial(work, segmenter)

    yield from in_order(photos, partial(work, shared or segmenter), threads=callers, alone=alone)


def _write(outputs: PhotoOutputs, todo: PhotoToDo, out: Path) -> Written:
    write_bytes(_mask_path(out, todo), outputs.mask_png)
    write_bytes(out / OVERLAYS_FOLDER / f"{todo.name}.jpg", outputs.overlay_jpeg)
    return Written(outputs.entry, outputs.rows)


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
