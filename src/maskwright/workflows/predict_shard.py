"""One part of a long list of photos: predicted into a folder of its own, with a list of what is done."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from maskwright.files import make_folder, read_text
from maskwright.findings.finding import Finding
from maskwright.inference.files import Measuring, predict_files
from maskwright.inference.photo_list import PhotoToDo
from maskwright.inference.segmenter import Segmenter

DONE = "done.txt"
MOST_BYTES = 1 << 30
PHOTOS_AT_ONCE = 50
"""After so many photos the tables are written and the photos entered in the list."""


@dataclass(frozen=True)
class ShardResult:
    """How many photos were predicted now and earlier, and a finding for each that cannot be."""

    done: int
    done_before: int
    findings: tuple[Finding, ...]


def predict_shard(
    segmenter: Segmenter,
    photos: Sequence[PhotoToDo],
    folder: Path,
    *,
    measuring: Measuring | None = None,
    on_photos: Callable[[int, int], None] | None = None,
) -> ShardResult:
    """Predict the photos that are not in `folder/done.txt`, and enter them there; `on_photos` gets how many of all.

    The same call again does what is left. A photo that cannot be read is a finding, and is tried again next time.
    """
    done = done_before(folder)
    left = [todo for todo in photos if todo.name not in done]
    predicted, findings = 0, list[Finding]()
    for start in range(0, len(left), PHOTOS_AT_ONCE):
        batch = left[start : start + PHOTOS_AT_ONCE]
        result = predict_files(segmenter, batch, folder, measuring=measuring)
        failed = {name for finding in result.findings for name in finding.photos}
        _enter(folder / DONE, [todo.name for todo in batch if todo.name not in failed])
        predicted += result.done
        findings += result.findings
        if on_photos is not None:
            on_photos(len(photos) - len(left) + start + len(batch), len(photos))
    return ShardResult(predicted, len(photos) - len(left), tuple(findings))


def done_before(folder: Path) -> frozenset[str]:
    """Return the names of the photos that are done; a line that a killed process left unfinished does not count."""
    path = folder / DONE
    if not path.is_file():
        return frozenset()
    whole, _, _ = read_text(path, most_bytes=MOST_BYTES).rpartition("\n")
    return frozenset(whole.split("\n"))


def _enter(path: Path, names: Sequence[str]) -> None:
    """Append names to the list, and wait until they are on the disk: their masks are there already."""
    make_folder(path.parent)
    torn = _is_torn(path)
    with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(("\n" if torn else "") + "".join(f"{name}\n" for name in names))
        file.flush()
        os.fsync(file.fileno())


def _is_torn(path: Path) -> bool:
    """True if the last line has no end: a process was killed while it wrote."""
    if not path.is_file() or path.stat().st_size == 0:
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() != b"\n"
