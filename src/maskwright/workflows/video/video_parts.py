"""The unfinished work on a video: parts of some hundred frames on disk, so that a stopped prediction can go on."""

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from maskwright.errors import OutputError
from maskwright.files import make_folder, read_json, reading, remove_matching, write_json, write_with
from maskwright.workflows.video.smoothing import Memory

FORMAT = 1
OWN_FILES = re.compile(r"\d{6,}\.(mp4|mkv|csv|npz)|request\.json|\.maskwright-[^/]*")


@dataclass(frozen=True)
class VideoOutputs:
    """Where the results of one video go; `parts` is there while the work is unfinished."""

    overlay: Path
    table: Path
    summary: Path
    masks_png: Path
    masks_video: Path
    parts: Path


def video_outputs(video: Path, out: Path) -> VideoOutputs:
    """Return the paths of the results of a video below the folder `out`."""
    stem = video.stem
    return VideoOutputs(
        out / f"{stem}.overlay.mp4",
        out / f"{stem}.frames.csv",
        out / f"{stem}.film.json",
        out / f"{stem}.masks",
        out / f"{stem}.masks.mkv",
        out / f"{stem}.parts",
    )


@dataclass(frozen=True)
class Part:
    """The files of one part; the memory is written last, and says that the part is complete."""

    overlay: Path
    masks: Path
    rows: Path
    memory: Path


def part_files(parts: Path, number: int) -> Part:
    """Return the paths of part `number`."""
    stem = parts / f"{number:06d}"
    return Part(*(stem.with_suffix(suffix) for suffix in (".mp4", ".mkv", ".csv", ".npz")))


def finished_parts(parts: Path) -> list[Part]:
    """Return the complete parts, in order."""
    finished: list[Part] = []
    while (part := part_files(parts, len(finished))).memory.is_file():
        finished.append(part)
    return finished


def write_memory(path: Path, memory: Memory | None, next_frame: int) -> None:
    """Write what the next part needs, whole or not at all."""
    arrays: dict[str, Any] = {} if memory is None else asdict(memory)
    write_with(path, lambda temporary: _save(temporary, arrays, next_frame))


def _save(path: Path, arrays: dict[str, Any], next_frame: int) -> None:
    with path.open("wb") as file:
        np.savez(file, next_frame=np.array(next_frame), **arrays)


def read_memory(path: Path) -> tuple[Memory | None, int]:
    """Return what a part left for the next, and the number of the next frame."""
    with reading(path, error=OutputError, advice="remove the folder, or choose another --out"), np.load(path) as stored:
        values = {name: np.asarray(stored[name]) for name in stored.files}
        next_frame = int(values.pop("next_frame"))
        return (Memory(**values) if values else None), next_frame


def begin_parts(outputs: VideoOutputs, key: dict[str, object]) -> None:
    """Make the folder of the parts, or take up one of the same video, run and settings; OutputError for another."""
    note = outputs.parts / "request.json"
    if note.is_file() and read_json(note) != key:
        raise OutputError(
            f"{outputs.parts} holds unfinished work on another film, run or setting: remove it, or choose another --out"
        )
    make_folder(outputs.parts)
    write_json(note, key)


def remove_parts(outputs: VideoOutputs) -> None:
    """Remove the parts, and their folder where it holds nothing else, when the results are complete."""
    remove_matching(outputs.parts, OWN_FILES)
