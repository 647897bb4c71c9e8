"""Prediction of a long list of photos: what is left of it is done, and the tables are written when all of it is."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from maskwright.files import TEMPORARY
from maskwright.findings.finding import Finding
from maskwright.inference.outputs.photo_outputs import Measuring
from maskwright.inference.predict_files import not_predicted
from maskwright.inference.segmenter import Segmenter
from maskwright.inference.sources.manifest import Shard
from maskwright.output_file_names import MASKS_FOLDER, OVERLAYS_FOLDER
from maskwright.remote_storage import Storage
from maskwright.workflows.photo_lists.chunk_prediction import predict_chunk
from maskwright.workflows.photo_lists.chunks import Chunk, ChunkResult, chunks_left, places
from maskwright.workflows.photo_lists.done_list import done_photos, failed_photos
from maskwright.workflows.photo_lists.listed_photos import ListedPhotos
from maskwright.workflows.photo_lists.tables import write_failures, write_tables

MOST_SHOWN = 20
"""So many findings and unsure photos are kept to be shown; files hold all of them."""

Engine = Callable[[Iterator[Chunk]], Iterable[ChunkResult]]
"""Predicts chunks and yields their results, in any order."""


@dataclass
class Counts:
    """What the chunks of one command came to so far."""

    done: int = 0
    failed: int = 0
    unsure: int = 0
    findings: list[Finding] = field(default_factory=list)
    unsure_first: dict[str, str] = field(default_factory=dict)

    def add(self, result: ChunkResult) -> None:
        """Count a chunk; keep the first findings and unsure photos."""
        self.done += result.done
        self.failed += len(result.failed)
        self.unsure += len(result.unsure)
        for name, reason in list(result.failed.items())[: MOST_SHOWN - len(self.findings)]:
            self.findings.append(not_predicted(name, reason))
        for name, reason in list(result.unsure.items())[: MOST_SHOWN - len(self.unsure_first)]:
            self.unsure_first[name] = reason


@dataclass(frozen=True)
class ListResult:
    """What a command did of a list: its own counts, photos done before, and photos that no command has tried yet."""

    counts: Counts
    done_before: int
    not_tried: int


def predict_list(
    listed: ListedPhotos,
    storage: Storage,
    engine: Engine,
    *,
    shard: Shard | None = None,
    on_photos: Callable[[int, int], None] = lambda _, __: None,
) -> ListResult:
    """Predict the photos of a list, or of one shard, that are not done; `on_photos` gets how many of all are.

    The same call again does what is left. A photo that cannot be read counts as failed, and is tried again next time.
    The command that leaves no photo untried writes the tables.
    """
    done, counts = done_photos(storage), Counts()
    of_all = len(places(listed, shard))
    before = sum(listed.names[index] in done for index in places(listed, shard))
    for result in engine(chunks_left(listed, done, shard=shard)):
        counts.add(result)
        on_photos(before + counts.done + counts.failed, of_all)
    not_tried = _finish(listed, storage)
    return ListResult(counts, before, not_tried)


def plain_engine(segmenter: Segmenter, storage: Storage, measuring: Measuring) -> Engine:
    """Return the engine that predicts chunk after chunk in this process."""
    return lambda chunks: (predict_chunk(segmenter, chunk, storage, measuring) for chunk in chunks)


def _finish(listed: ListedPhotos, storage: Storage) -> int:
    """Write the tables if every photo was tried; return how many were not."""
    done = done_photos(storage)
    failed = {name: why for name, why in failed_photos(storage).items() if name not in done}
    not_tried = sum(name not in done and name not in failed for name in listed.names)
    write_failures(storage, failed)
    if not not_tried:
        write_tables(storage)
        if storage.folder is not None:
            _remove_leftovers(storage.folder)
    return not_tried


def _remove_leftovers(folder: Path) -> None:
    """Remove the temporary files of killed processes: with all photos tried, no process writes any more."""
    for below in (MASKS_FOLDER, OVERLAYS_FOLDER, "parts"):
        for path in (folder / below).rglob(f"{TEMPORARY}*"):
            path.unlink(missing_ok=True)
