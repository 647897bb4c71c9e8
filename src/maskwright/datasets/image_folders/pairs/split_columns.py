"""Parts that stand beside photos as 1 and 0: a column is_test, or a list train_test_split whose lines end in them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from maskwright.datasets.image_folders.image_roles import FolderImage
from maskwright.datasets.image_folders.pairs.names import SET_WORDS, folder_words
from maskwright.datasets.image_folders.pairs.sidecar_files import Given, Names
from maskwright.datasets.parsing.text_files import beginning, read_label_text
from maskwright.datasets.part_names import PARTS, PartName
from maskwright.findings.finding import some

FLAG_WORDS = SET_WORDS | {"is", "in", "for", "flag"}
ALSO_QUALITIES = frozenset(["valid", "dev", "eval", "tuning"])
"""Words for parts that mean something else too: a mask is valid. They count behind is_ or in_, or beside another."""
FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
NAMED_LEAST = 0.9
OBJECTS_LEAST = 2
"""Columns of 1 and 0 that are of no part, beside which one called train is of a thing that photos show."""
FILES_MOST, LINES_MOST = 20, 1000

Pairs = Sequence[tuple[str, str]]
Find = Callable[[str], FolderImage | None]


def flagged_parts(name: str, cells: Sequence[str]) -> dict[str, PartName]:
    """Return the part that each of two cells stands for, as 1 and 0 under is_test; none where they are no such flags.

    The first word for a part in the name is what 1 stands for; 0 is the other of training and test. A name with other
    words, as test_result, is that of something else.
    """
    said = _parts_named(name)
    words = {cell.strip().lower() for cell in cells}
    if not said or not words <= FLAGS.keys() or len({FLAGS[word] for word in words}) < 2:
        return {}
    other: PartName = "test" if said[0] == "train" else "train"
    return {word: said[0] if FLAGS[word] else other for word in words}


def names_an_object(column: int, header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether a column called train says that photos show one, as those of cars and buses beside it do."""
    others = [
        name
        for i, name in enumerate(header)
        if not _parts_named(name) and rows and {row[i].strip().lower() for row in rows} <= FLAGS.keys()
    ]
    return header[column].strip().lower() == "train" and len(others) >= OBJECTS_LEAST


def flags_said(column: str, parts: Mapping[str, PartName]) -> str:
    """Return the sentence that says which part the flags of a column or file stand for; "" for words of parts."""
    if not parts or not parts.keys() <= FLAGS.keys():
        return ""
    meant = ", ".join(f"{flag} is {parts[flag]}" for flag in sorted(parts, key=lambda flag: not FLAGS[flag]))
    return f"parts are read from {column}: {meant}"


def contradicting_columns(columns: Sequence[Mapping[str, PartName]], rows: Sequence[Sequence[str]]) -> list[int]:
    """Return the columns of words for parts where two of them divide the photos otherwise, as folds do; else none.

    `columns` holds the part that each cell of a column stands for. Columns of 1 and 0 speak of a part each.
    """
    worded = [i for i, meant in enumerate(columns) if meant and not meant.keys() <= FLAGS.keys()]
    said = {tuple(columns[i][row[i].strip().lower()] for row in rows) for i in worded}
    return worded if len(said) > 1 else []


def several_said(below: str, columns: Sequence[str]) -> str:
    """Return the sentence that several columns of a table divide the photos, so that none gives the parts."""
    return (
        f"columns {some(columns, most=8)} of {below} divide the photos differently, so none of them gives parts: "
        f"to have one count, delete the others from {below}"
    )


def _parts_named(name: str) -> list[PartName]:
    """Return the parts that a name of flags speaks of; none where it may speak of something else."""
    words = list(folder_words((name,)))
    named = [word for word in words if word in PARTS]
    is_sure = bool({"is", "in"} & set(words)) or len({PARTS[word] for word in named}) > 1
    is_flag = set(words) <= PARTS.keys() | FLAG_WORDS and (is_sure or not ALSO_QUALITIES & set(named))
    return [PARTS[word] for word in named] if is_flag else []


def flags_a_quality(path: Path) -> bool:
    """Tell whether lines of a list called valid, or the like, end in 1 and 0: the quality of photos, and no part."""
    if not ALSO_QUALITIES & set(folder_words((path.stem,))):
        return False
    flags = {flag.lower() for _, flag in _pairs(beginning(path).splitlines()[:LINES_MOST])}
    return flags <= FLAGS.keys() and len({FLAGS[flag] for flag in flags}) > 1


def from_flags(texts: Sequence[Path], photos: Names, root: Path) -> Given:
    """Return the parts of a list of flags, a photo a line, or its number where another list numbers the photos.

    Nothing where no list of the kind names nearly all of its photos.
    """
    for path in texts:
        if not _parts_named(path.stem):
            continue
        rows = _pairs(read_label_text(path).splitlines())
        parts = flagged_parts(path.stem, [flag for _, flag in rows])
        for find, used in _ways(path, texts, photos) if parts else ():
            named = [(find(name), parts[flag.lower()]) for name, flag in rows]
            found = {photo.below: part for photo, part in named if photo is not None}
            if len(found) >= NAMED_LEAST * len(rows):
                absent = tuple(name for (name, _), (photo, _) in zip(rows, named, strict=True) if photo is None)
                files = tuple(sorted(file.relative_to(root).as_posix() for file in used))
                said = flags_said(path.relative_to(root).as_posix(), parts)
                return Given(found, absent=absent, files=files, is_whole=True, parts_said=said)
    return Given()


def _ways(path: Path, texts: Sequence[Path], photos: Names) -> Iterator[tuple[Find, tuple[Path, ...]]]:
    """Yield the ways to find the photo of a line, with the lists they need: by name, or by number in another list."""
    yield photos.find, (path,)
    for other in texts[:FILES_MOST]:
        if other != path and other.parent == path.parent:
            numbered = {
                number: photo
                for number, name in _pairs(read_label_text(other).splitlines())
                if (photo := photos.find(name)) is not None
            }
            yield numbered.get, (path, other)


def _pairs(lines: Iterable[str]) -> Pairs:
    """Return the two words of each line; none where a line has another number of them."""
    rows = [line.replace(",", " ").split() for line in lines if line.strip()]
    return [(row[0], row[1]) for row in rows] if rows and all(len(row) == 2 for row in rows) else ()
