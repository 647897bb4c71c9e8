"""Videos read frame by frame, upright, as photos. PyAV (the extra `video`) is imported when a video is opened."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from maskwright.errors import DataError
from maskwright.imaging.photos import Photo
from maskwright.optional_packages import import_extra

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

SMALLEST_SIDE_PX = 16
USUAL_RATE = Fraction(25)
HD_ROWS = 720
BT709, BT601 = 1, 5
"""Colour matrices, as H.264 and PyAV number them."""


@dataclass(frozen=True)
class VideoFacts:
    """What the header and the first frame of a film say.

    `size_hw`: upright, in pixels; `rate`: frames a second, on average; `time_base`: seconds a tick; `frames`: as the
    header counts them, 0 where it does not; `turn_deg`: counterclockwise, what brings a frame upright.
    """

    size_hw: tuple[int, int]
    rate: Fraction
    time_base: Fraction
    frames: int
    turn_deg: int
    codec: str
    has_sound: bool


@dataclass(frozen=True)
class Frame:
    """One frame: `index` counts from 0, `ticks` of the time base from the film's zero; `photo` is None if broken."""

    index: int
    ticks: int
    photo: Photo | None


def av_module() -> Any:  # noqa: ANN401 - the module av
    """Return PyAV; ConfigError says what to install where it is missing."""
    return import_extra("av", "video", purpose="a film")


def video_facts(path: Path) -> VideoFacts:
    """Return what a film is like; DataError for what is no film, or one that cannot be decoded."""
    with opened_video(path) as (container, stream):
        first = _first_frame(path, container, stream)
        turn_deg = _quarter_turn(first)
        size_hw = (first.height, first.width) if turn_deg % 180 == 0 else (first.width, first.height)
        if min(size_hw) < SMALLEST_SIDE_PX:
            raise DataError(
                f"{path} has frames of {size_hw[1]} x {size_hw[0]} px: the shorter side must have {SMALLEST_SIDE_PX}"
            )
        rate = stream.average_rate or stream.guessed_rate or USUAL_RATE
        return VideoFacts(
            size_hw,
            rate,
            stream.time_base or 1 / rate,
            stream.frames,
            turn_deg,
            stream.codec_context.name,
            bool(container.streams.audio),
        )


def video_frames(path: Path, facts: VideoFacts, *, skip: int = 0) -> Iterator[Frame]:
    """Yield the frames of a film in order from number `skip` on, upright and HxWx3 uint8 RGB; a broken one is None.

    Ticks rise from frame to frame, also where the film's own do not. Memory does not grow with the film.
    """
    last_ticks = -1
    with opened_video(path) as (container, stream):
        stream.thread_type = "AUTO"
        for index, frame in enumerate(_decoded(container, stream)):
            stamp = getattr(frame, "pts", None)
            step = max(1, round(1 / (facts.rate * facts.time_base)))
            ticks = last_ticks + step if stamp is None or stamp <= last_ticks else int(stamp)
            last_ticks = ticks if frame is not None else last_ticks
            if index >= skip:
                yield Frame(index, ticks, None if frame is None else _upright(frame, facts))


@contextmanager
def opened_video(path: Path) -> Iterator[tuple["InputContainer", "VideoStream"]]:
    """Open a film and its first picture stream; DataError in one line where that is not possible."""
    av = av_module()
    if not path.is_file():
        raise DataError(f"{path} does not exist: give a film file, such as film.mp4")
    try:
        container = av.open(str(path), metadata_errors="replace")
    except (av.error.FFmpegError, OSError) as error:
        raise DataError(f"{path} is no film that can be opened ({_reason(error)}): export it again as MP4") from error
    with container:
        if not container.streams.video:
            kind = "holds sound and no pictures" if container.streams.audio else "holds no pictures"
            raise DataError(f"{path} {kind}: give a film with a picture stream")
        stream = container.streams.video[0]
        if stream.codec_context is None:
            raise DataError(f"{path} has pictures of an unknown codec: export the film again as H.264 MP4")
        yield container, stream


def _first_frame(path: Path, container: "InputContainer", stream: "VideoStream") -> "VideoFrame":
    for frame in _decoded(container, stream):
        if frame is not None:
            return frame
    raise DataError(f"{path} holds no frame that can be decoded: export the film again as H.264 MP4")


def _decoded(container: "InputContainer", stream: "VideoStream") -> Iterator["VideoFrame | None"]:
    """Yield the decoded frames; None for each packet or frame that is damaged."""
    error = av_module().error.FFmpegError
    for packet in _until_damaged(container, stream):
        if packet is None:
            yield None
            return
        try:
            frames = packet.decode()
        except error:
            yield None
            continue
        yield from (None if frame.is_corrupt else frame for frame in frames)


def _until_damaged(container: "InputContainer", stream: "VideoStream") -> Iterator[Any]:
    """Yield the packets; a container that breaks off in the middle ends with a None."""
    error = av_module().error.FFmpegError
    try:
        yield from container.demux(stream)
    except error:
        yield None


def _upright(frame: "VideoFrame", facts: VideoFacts) -> Photo:
    """Return a frame as upright RGB, at the size of the first: some films change their size on the way."""
    height, width = facts.size_hw if facts.turn_deg % 180 == 0 else facts.size_hw[::-1]
    pixels = frame.to_ndarray(format="rgb24", width=width, height=height, src_colorspace=_matrix(frame))
    return np.ascontiguousarray(np.rot90(pixels, facts.turn_deg // 90))


def _matrix(frame: "VideoFrame") -> int:
    """Return the colour matrix of a frame; where the film does not say, by its size, as players do."""
    if frame.colorspace in (BT709, BT601):
        return int(frame.colorspace)
    return BT709 if frame.height >= HD_ROWS else BT601


def _quarter_turn(frame: "VideoFrame") -> int:
    """Return the turn that brings a frame upright, counterclockwise, to the nearest quarter: 0, 90, 180 or 270."""
    return round(frame.rotation / 90) * 90 % 360


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
