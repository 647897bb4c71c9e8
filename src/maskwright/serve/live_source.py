"""A film, a camera or a stream read by the server, of which only the newest frame is held."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Thread
from typing import Any

import numpy as np

from maskwright.errors import DataError
from maskwright.imaging.photos import Photo
from maskwright.imaging.video.reader import av_module, video_facts, video_frames
from maskwright.serve.refusal import RefusedError

FRAME_S = 10.0
NETWORK = ("rtsp://", "rtmp://", "http://", "https://", "udp://")


@dataclass(frozen=True)
class LiveFrame:
    """The newest frame: its number in the source, and whether it is the last."""

    photo: Photo
    number: int
    is_last: bool


class LiveSource:
    """Reads a source in a thread; `newest` waits for a frame that was not taken yet, and skips those before it."""

    def __init__(self, source: str) -> None:
        self._frames = frames_of_source(source)
        self._changed = Condition()
        self._newest: LiveFrame | None = None
        self._taken, self._error, self.skipped = -1, "", 0
        self._thread = Thread(target=self._read, name="maskwright-source", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def newest(self) -> LiveFrame:
        """Return the newest frame; the last one again when the source has ended. RefusedError 503 if none comes."""
        with self._changed:
            self._changed.wait_for(self._has_news, FRAME_S)
            frame = self._newest
            if frame is None or (frame.number == self._taken and not frame.is_last):
                raise RefusedError(503, self._error or "the source gives no frames", retry_after_s=1)
            self.skipped += max(0, frame.number - self._taken - 1)
            self._taken = frame.number
            return frame

    def _has_news(self) -> bool:
        return bool(self._error) or (
            self._newest is not None and (self._newest.number > self._taken or self._newest.is_last)
        )

    def _read(self) -> None:
        last: tuple[int, Photo] | None = None
        try:
            for number, photo in enumerate(self._frames):
                last = (number, photo)
                self._put(LiveFrame(photo, number, is_last=False))
        except Exception as error:  # cameras and networks fail in any way: the page shows why
            self._put(None, f"the source ended ({type(error).__name__}: {str(error)[:120]})")
            return
        self._put(LiveFrame(last[1], last[0], is_last=True) if last else None, "the source gave no frame")

    def _put(self, frame: LiveFrame | None, error: str = "") -> None:
        with self._changed:
            self._newest = frame or self._newest
            self._error = "" if frame else error
            self._changed.notify_all()


def frames_of_source(source: str) -> Iterator[Photo]:
    """Return the frames of a film at its own speed, or of a camera (/dev/video0) or stream (rtsp://) as they come."""
    if source.startswith(NETWORK):
        return _opened(source, None)
    path = Path(source)
    if path.is_char_device():
        return _opened(source, "v4l2")
    if not path.is_file():
        raise DataError(f"{source} is no film, no device and no address such as rtsp://: give one of them")
    video_facts(path)
    return _at_own_speed(path)


def _at_own_speed(path: Path) -> Iterator[Photo]:
    facts = video_facts(path)
    begin = time.monotonic()
    for frame in video_frames(path, facts):
        if frame.photo is not None:
            early_s = float(frame.ticks * facts.time_base) - (time.monotonic() - begin)
            time.sleep(max(0.0, early_s))
            yield frame.photo


def _opened(source: str, kind: str | None) -> Iterator[Photo]:
    av: Any = av_module()
    options = {"rtsp_transport": "tcp"} if source.startswith("rtsp://") else {}
    try:
        container = av.open(source, format=kind, options=options, timeout=FRAME_S)
    except (av.error.FFmpegError, OSError) as error:
        raise DataError(f"{source} cannot be opened ({type(error).__name__}): check its address") from error
    return _decoded(container)


def _decoded(container: Any) -> Iterator[Photo]:  # noqa: ANN401 - PyAV's container
    with container:
        for frame in container.decode(video=0):
            yield np.ascontiguousarray(np.rot90(frame.to_ndarray(format="rgb24"), round(frame.rotation / 90)))
