"""The process that holds the networks: it takes jobs from a pipe, one after the other, and answers each."""

import signal
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from maskwright.errors import DataError, MaskwrightError
from maskwright.imaging.photos import Photo, photo_facts, read_photo
from maskwright.inference.segmenter import Segmenter
from maskwright.serve.answers import FORMATS, predict_photo
from maskwright.serve.protocols.label_studio_regions import LabelControl, regions_answer
from maskwright.workflows.export import load_with, trust_of

SUFFIXES = ((b"II*\0", ".tif"), (b"MM\0*", ".tif"), (b"II+\0", ".tif"), (b"\x89PNG", ".png"), (b"RIFF", ".webp"))
"""The first bytes of files whose readers go by the suffix; all others are opened by their content."""


@dataclass(frozen=True)
class Job:
    """One photo to predict by the run `run`: the bytes of an image file, or the pixels of an HxWx3 array."""

    run: str
    photo: bytes
    format: str = "polygons"
    shape: tuple[int, int, int] | None = None
    control: LabelControl | None = None


@dataclass(frozen=True)
class Done:
    """The answer to a job."""

    body: bytes
    content_type: str
    size_hw: tuple[int, int]


@dataclass(frozen=True)
class Failed:
    """Why a job was not done: the HTTP status, and one line."""

    status: int
    message: str


@dataclass(frozen=True)
class Ready:
    """The networks are loaded: of each run the class names and a line on trust; and lines on what computes them."""

    classes: dict[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()
    trust: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Loading:
    """What a worker loads: run folders or exported files by name, what computes them, and whether at one scale."""

    runs: dict[str, str]
    runtime: str = "auto"
    fast: bool = False


def work(pipe: Connection, loading: Loading, megapixels: float) -> None:
    """Load the runs, say so, and answer jobs until the other end of the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which then closes the pipe
    notes: list[str] = []
    try:
        segmenters = {name: _loaded(folder, loading, tell=notes.append) for name, folder in loading.runs.items()}
        trust = {name: trust_of(Path(folder)) for name, folder in loading.runs.items()}
    except MaskwrightError as error:
        pipe.send(Failed(500, str(error)))
        return
    classes = {name: segmenter.classes.names for name, segmenter in segmenters.items()}
    pipe.send(Ready(classes, tuple(notes), trust))
    while True:
        try:
            job: Job = pipe.recv()
        except EOFError:
            return
        pipe.send(answer(job, segmenters[job.run], megapixels))


def _loaded(folder: str, loading: Loading, *, tell: Callable[[str], None]) -> Segmenter:
    return load_with(Path(folder), loading.runtime, tell=tell, fast=loading.fast)


def answer(job: Job, segmenter: Segmenter, megapixels: float) -> Done | Failed:
    """Return the answer to a job; whatever is wrong with the photo is a refusal."""
    try:
        photo = _photo(job, segmenter, megapixels)
        if isinstance(photo, Failed):
            return photo
        prediction = predict_photo(segmenter, photo)
        size_hw = (photo.shape[0], photo.shape[1])
        if job.control is not None:
            return Done(regions_answer(prediction, job.control), "application/json", size_hw)
        if job.format == "raw":
            return Done(
                prediction.mask.tobytes() + prediction.confidence.tobytes(), "application/octet-stream", size_hw
            )
        content_type, encode = FORMATS[job.format]
        return Done(encode(prediction), content_type, size_hw)
    except DataError as error:
        return Failed(422, str(error))
    except MemoryError:
        return Failed(503, "the photo needs more memory than there is")
    except Exception as error:  # photos come from anywhere: the worker outlives them
        return Failed(422, f"the photo cannot be read ({type(error).__name__}: {str(error)[:120]})")


def _photo(job: Job, segmenter: Segmenter, megapixels: float) -> Photo | Failed:
    if job.shape is not None:
        pixels = np.frombuffer(job.photo, dtype=np.uint8).reshape(job.shape)
        return _too_many(job.shape[0] * job.shape[1], megapixels) or np.array(pixels)
    suffix = next((suffix for start, suffix in SUFFIXES if job.photo.startswith(start)), ".jpg")
    with tempfile.TemporaryDirectory(prefix="maskwright-serve-") as folder:
        path = Path(folder) / f"photo{suffix}"
        path.write_bytes(job.photo)
        try:
            height, width = photo_facts(path).size_hw
            return _too_many(height * width, megapixels) or read_photo(
                path, grey_range=segmenter.grey_range, bands=segmenter.bands
            )
        except DataError as error:
            too_many = "million pixels" in str(error)
            return Failed(413 if too_many else 422, str(error).replace(str(path), "the photo"))


def _too_many(pixels: int, megapixels: float) -> Failed | None:
    if pixels <= megapixels * 1e6:
        return None
    return Failed(
        413, f"the photo has {pixels / 1e6:.0f} megapixels, and at most {megapixels:g} are accepted: reduce it"
    )
