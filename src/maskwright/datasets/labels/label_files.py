"""Where label files lie: in the folder itself, or in the usual folders below it; and the part their names speak of."""

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from maskwright.datasets.class_tables.handwritten_classes import CLASSES_CSV
from maskwright.datasets.parsing.text_files import FIRST_FEW, MANY_FILES
from maskwright.datasets.part_names import JOINT, PARTS, PartName, parts_named, words_of
from maskwright.datasets.reader_types import Recognition
from maskwright.imaging.decoders.image_files import IMAGE_SUFFIXES
from maskwright.output_file_names import is_output

LABEL_FOLDERS = (*PARTS, "annotations", "annotation", "labels", "images")
MANY_FOLDERS, DEEPEST = 200, 3
FAR, FAR_CONFIDENCE = 2, 0.4
OFFERED_MOST = 4


def label_files(root: Path, suffixes: Collection[str]) -> Iterator[list[Path]]:
    """Yield the files with these suffixes in `root`, then in the usual folders below it, then in all others.

    A root that holds one folder and nothing else, as unpacked archives do, stands for that folder. Of a folder with
    more than 30 such files the first three stand for all: one file a photo is another format. Hidden files and
    classes.csv are left out.
    """
    root = _innermost(root)
    yield _files_in(root, suffixes)
    usual = {folder.name.lower(): folder for folder in reversed(_folders_in(root))}
    yield [path for name in LABEL_FOLDERS if name in usual for path in _files_in(usual[name], suffixes)]
    looked_at = {usual[name] for name in LABEL_FOLDERS if name in usual}
    others = [folder for folder in subfolders(root) if folder not in looked_at]
    yield [path for folder in others for path in _files_in(folder, suffixes)][:MANY_FILES]


def _innermost(root: Path) -> Path:
    """Return the folder that a folder and each one in it hold alone, at most three levels down."""
    for _ in range(DEEPEST):
        entries = [entry for entry in root.iterdir() if not entry.name.startswith(".")]
        if len(entries) != 1 or not entries[0].is_dir() or is_output(entries[0]):
            return root
        root = entries[0]
    return root


def recognise_labels(
    path: Path, suffixes: Collection[str], recognise_file: Callable[[Path], Recognition | None]
) -> Recognition | None:
    """Return what a path holds by the files that `recognise_file` knows: the file itself, or the nearest in a folder.

    Files in folders of unusual names count for less than masks beside photos do.
    """
    if path.is_file():
        return recognise_file(path) if path.suffix.lower() in suffixes else None
    for nearness, files in enumerate(label_files(path, suffixes)):
        known = [recognition for file in files if (recognition := recognise_file(file)) is not None]
        if known:
            best = max(known, key=lambda recognition: recognition.confidence)
            alike = [recognition for recognition in known if recognition.confidence == best.confidence]
            confidence = best.confidence if nearness < FAR else min(best.confidence, FAR_CONFIDENCE)
            return replace(best, confidence=confidence, files=tuple(file for one in alike for file in one.files))
    return None


def files_below(path: Path, suffixes: Collection[str]) -> list[Path]:
    """Return the files with these suffixes below a folder in path order, hidden ones left out; a file is itself."""
    if path.is_file():
        return [path]
    found: list[Path] = []
    for folder, subfolders, names in os.walk(path):
        subfolders[:] = [name for name in subfolders if not name.startswith(".") and not is_output(Path(folder, name))]
        found += [Path(folder, n) for n in names if not n.startswith(".") and Path(n).suffix.lower() in suffixes]
    return sorted(file for file in found if file.is_file())


def subfolders(root: Path) -> list[Path]:
    """Return up to 200 folders below `root`, the nearest first, at most three levels down, hidden ones left out."""
    found: list[Path] = []
    level = [root]
    for _ in range(DEEPEST):
        level = sorted(p for folder in level for p in _folders_in(folder) if not is_output(p))
        found += level
        level = level[:MANY_FOLDERS]
    return found[:MANY_FOLDERS]


def _folders_in(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        return sorted(folder / entry.name for entry in entries if entry.is_dir() and not entry.name.startswith("."))


def _files_in(folder: Path, suffixes: Collection[str]) -> list[Path]:
    """Return the files with these suffixes; none where there is no such folder. Every reader asks for them."""
    try:
        with os.scandir(folder) as entries:
            named = [entry for entry in entries if entry.name.lower().endswith(tuple(suffixes))]
    except OSError:
        return []
    names = sorted(e.name for e in named if e.name != CLASSES_CSV and not e.name.startswith(".") and e.is_file())
    return [folder / name for name in (names[:FIRST_FEW] if len(names) > MANY_FILES else names)]


def folders_apart(files: Sequence[Path], root: Path) -> str:
    """Return the words that offer the folders of files by which they differ, but for parts of a split; "" for none."""
    below = [file.relative_to(root).parts[:-1] for file in files]
    level = next((i for i, names in enumerate(zip(*below, strict=False)) if len(set(names)) > 1), None)
    if level is None or any(names[level].lower() in PARTS for names in below):
        return ""
    places = sorted({str(root.joinpath(*names[: level + 1])) for names in below})
    if not any(path.suffix.lower() in IMAGE_SUFFIXES for place in places for path in Path(place).rglob("*")):
        return f"leave those that count, and move the others out of {root}"
    return f"give {' or '.join(places[:OFFERED_MOST])}, or the path of one of the files" if len(places) > 1 else ""


def part_of_file(path: Path, root: Path) -> PartName | None:
    """Return the part of a split that the file's name, or else a folder between it and `root`, speaks of."""
    named = [PARTS[word] for word in words_of(path.stem) if word in PARTS]
    folders = [PARTS[word.lower()] for word in path.relative_to(root).parts[:-1] if word.lower() in PARTS]
    return next(iter(named or folders), None)


def parts_of_files(paths: Collection[Path], root: Path) -> dict[Path, PartName | None]:
    """Return the part that each file's name or folder speaks of.

    One of training and validation together, as trainval.json, is of no part where files of either lie beside it.
    """
    parts = {path: part_of_file(path, root) for path in paths}
    joint = {path for path in paths if parts_named(words_of(path.stem)) >= JOINT}
    apart = {path.parent for path in paths if path not in joint and parts[path] in ("train", "val")}
    return parts | dict.fromkeys((path for path in joint if path.parent in apart), None)
