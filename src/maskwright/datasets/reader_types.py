"""What every reader of a format gets and gives: options in, recognitions and raw facts out.

A format module has `NAME`, `recognise(path) -> Recognition | None`, `read(path, options) -> Dataset` and
`write(dataset, path) -> WriteReport`. A reader hands on what it saw (sizes, values, remarks) and judges nothing:
`maskwright.checks` turns facts into findings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from maskwright.classes import ClassRow, Colour
from maskwright.errors import DataError
from maskwright.imaging.mask_artefacts import NO_TRACES, Traces
from maskwright.progress_counter import StartCounting, no_counting

RemarkKind = Literal[
    "attribute-invalid",
    "bands-unused",
    "class-names",
    "class-unknown",
    "class-unlisted",
    "file-unused",
    "folder-reading",
    "image-id-shared",
    "class-ids-differ",
    "listed-photo-missing",
    "mask-ground",
    "mask-nodata",
    "mask-without-photo",
    "name-differs",
    "pairs-across-folders",
    "reading-choice",
    "shape-filled",
    "shape-invalid",
    "shape-outside",
    "shape-two-classes",
    "shape-unclassed",
    "size-stated",
    "two-parts",
]
"""What a reader can remark; `checks/reader_remarks.py` says what follows from each."""


@dataclass(frozen=True)
class ReadOptions:
    """What a person chose about reading; None and False leave the choice to the reader.

    `attribute` names the classes (a VIA region attribute, or the ending of mask names). `ignore` is a stored mask
    value that counts for nothing. Missing photos take the size `canvas_hw`. `invert` exchanges object and background
    of masks. `objects` "one" makes every mask value but 0 one object, "ids" keeps each value as a class. `bands` are
    the three channels, from 0, that make a photo. `pairing` is how the names of photos and masks are compared.
    `masks` says what several masks of one photo are: "union", "classes", or the names of those that count;
    `photo_folder` names the folder or ending of the photos where there are several pictures of each. Open lines are
    drawn `line_width` pixels wide. `count` shows how many files are read.

    >>> ReadOptions(masks="union", pairing="number").masks
    'union'
    """

    attribute: str | None = None
    ignore: int | None = None
    canvas_hw: tuple[int, int] | None = None
    invert: bool = False
    objects: str | None = None
    bands: tuple[int, int, int] | None = None
    pairing: str | None = None
    masks: str | None = None
    photo_folder: str | None = None
    line_width: float | None = None
    count: StartCounting = field(default=no_counting, repr=False, compare=False)


def refuse_mask_options(options: ReadOptions, path: Path, kind: str) -> None:
    """Raise DataError for a choice about mask files or VIA attributes where the format has neither."""
    if options.ignore is not None:
        raise DataError(f"{path}: data.ignore is a value in masks, and this is {kind}: mark a class in classes.csv")
    if options.attribute is not None:
        raise DataError(f"{path}: data.attribute is for VIA and mask files, and this is {kind}: leave it out")


@dataclass(frozen=True)
class Recognition:
    """That a path holds a format: how sure that is (0 to 1), what it is, and what is in it.

    `kind` is a noun ("VIA 2 json"), `detail` a few numbers ("43 photos"), `files` the label files that show it.
    """

    confidence: float
    kind: str
    detail: str = ""
    files: tuple[Path, ...] = ()


@dataclass(frozen=True)
class WriteReport:
    """The files that were written, and one sentence for each thing that the format cannot hold."""

    files: tuple[Path, ...]
    lost: tuple[str, ...] = ()


@dataclass(frozen=True)
class Remark:
    """One thing that a reader noticed: its kind, the names of the samples it is about, and the rest of a sentence.

    Remarks of one kind make one finding, in groups of one `topic` where they have one.
    """

    kind: RemarkKind
    samples: tuple[str, ...]
    detail: str = ""
    topic: str = ""


@dataclass(frozen=True)
class PhotoHeader:
    """What a photo's header says: the upright size, None where it is unknown, and what is wrong with it.

    `trouble` is "" for a sound photo; `detail` is the error or the pixel mode. `deep`: it has 16 bits a channel.
    `size_bytes` is the size of the file, -1 where there is none.
    """

    size_hw: tuple[int, int] | None
    trouble: Literal["", "missing", "unreadable", "depth", "canvas"] = ""
    detail: str = ""
    deep: bool = False
    size_bytes: int = -1


@dataclass(frozen=True)
class Stated:
    """What a label file says of a photo: its upright size and its size in bytes (-1 for unknown)."""

    size_hw: tuple[int, int] | None = None
    size_bytes: int = -1


@dataclass(frozen=True)
class MaskValues:
    """The values of one mask file with their pixel counts, its size and palette; `error` if it cannot be read.

    `divided`: it holds floats 0 to 0.004, divided by 255 once too often. `traces`: what smoothing and JPEG leave.
    `border` counts the pixels along the edge of the image alone, `alpha` the values of transparency where the file
    has some. Files of the same `digest` hold the same pixels. `overlap`: the layers of an array share pixels.
    """

    counts: Mapping[int, int]
    size_hw: tuple[int, int] | None
    palette: tuple[Colour, ...] = ()
    error: str = ""
    divided: bool = False
    traces: Traces = NO_TRACES
    border: Mapping[int, int] = field(default_factory=dict)
    alpha: Mapping[int, int] = field(default_factory=dict)
    digest: bytes = b""
    overlap: bool = False


@dataclass(frozen=True)
class MaskFacts:
    """The values of mask files by sample name, and how they were understood.

    `listed` are the rows of a class list, `guessed` says what was read off the values without one, `soft` that binary
    masks hold shades, `unfit` the values that got no class, `ignore` the value that a person chose to ignore.
    """

    files: Mapping[str, MaskValues]
    listed: tuple[ClassRow, ...] = ()
    guessed: str = ""
    soft: bool = False
    unfit: frozenset[int] = frozenset()
    ignore: int | None = None


@dataclass(frozen=True)
class Facts:
    """All that a reader saw and did not judge; `headers` and `stated` are by sample name.

    `groups_by` says what the samples' groups were guessed from, "folders", "names" or "world files"; "" where
    the data give them. `truth_images` are the images beside label files that hold the shapes.
    """

    headers: Mapping[str, PhotoHeader] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()
    masks: MaskFacts | None = None
    stated: Mapping[str, Stated] = field(default_factory=dict)
    groups_by: str = ""
    truth_images: frozenset[Path] = frozenset()
