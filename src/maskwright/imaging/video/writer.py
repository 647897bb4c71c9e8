"""Videos written frame by frame: H.264 for people, FFV1 for class ids, parts joined with the source's sound."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from heapq import merge
from pathlib import Path
from typing import Any

import numpy as np

from maskwright.errors import OutputError
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo
from maskwright.imaging.video.reader import BT601, BT709, HD_ROWS, VideoFacts, av_module, opened_video

H264_OPTIONS = {"preset": "veryfast", "crf": "20", "bf": "0", "rc-lookahead": "8"}
"""Without B-frames, parts that were encoded one by one can be joined packet by packet."""
COPIED_SOUND = ("aac", "mp3", "ac3", "eac3", "alac", "flac")
"""Sound that players expect in MP4; all other becomes AAC."""
FFV1_OPTIONS = {"level": "3", "g": "1", "slicecrc": "1"}


class VideoWriter:
    """Writes frames into a film; each frame has the time that it has in the source."""

    def __init__(self, container: Any, stream: Any, facts: VideoFacts) -> None:  # noqa: ANN401 - PyAV's own objects
        self._container, self._stream = container, stream
        self._time_base = facts.time_base

    def write_photo(self, photo: Photo, ticks: int) -> None:
        """Append an upright HxWx3 RGB frame; odd sides get one more pixel, since H.264 halves its colours."""
        even = np.pad(photo, ((0, photo.shape[0] % 2), (0, photo.shape[1] % 2), (0, 0)), mode="edge")
        frame = av_module().VideoFrame.from_ndarray(even, format="rgb24")
        self._encode(frame.reformat(format="yuv420p", dst_colorspace=colour_matrix(photo.shape[0])), ticks)

    def write_mask(self, mask: Mask, ticks: int) -> None:
        """Append an HxW uint8 mask; its class ids are the grey values."""
        self._encode(av_module().VideoFrame.from_ndarray(mask, format="gray"), ticks)

    def _encode(self, frame: Any, ticks: int) -> None:  # noqa: ANN401 - a frame of PyAV
        frame.pts, frame.time_base = ticks, self._time_base
        self._container.mux(self._stream.encode(frame))


def colour_matrix(rows: int) -> int:
    """Return the colour matrix that players expect of a film with this many rows."""
    return BT709 if rows >= HD_ROWS else BT601


@contextmanager
def overlay_video(path: Path, facts: VideoFacts) -> Iterator[VideoWriter]:
    """Open an H.264 film for overlays of the size and times of `facts`; it is complete when the block ends."""
    with _written(path) as container:
        stream = container.add_stream("libx264", rate=facts.rate, options=H264_OPTIONS)
        height, width = (side + side % 2 for side in facts.size_hw)
        _set_up(stream, (height, width), "yuv420p", facts.time_base)
        context = stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = _tag(facts.size_hw[0])
        context.thread_count = 2
        yield VideoWriter(container, stream, facts)
        container.mux(stream.encode())


@contextmanager
def mask_video(path: Path, facts: VideoFacts) -> Iterator[VideoWriter]:
    """Open a lossless grey film (FFV1 in Matroska) for masks; it is complete when the block ends."""
    with _written(path) as container:
        stream = container.add_stream("ffv1", rate=facts.rate, options=FFV1_OPTIONS)
        _set_up(stream, facts.size_hw, "gray", facts.time_base)
        yield VideoWriter(container, stream, facts)
        container.mux(stream.encode())


def _set_up(stream: Any, size_hw: tuple[int, int], pixels: str, time_base: Fraction) -> None:  # noqa: ANN401
    stream.height, stream.width = size_hw
    stream.pix_fmt = pixels
    stream.codec_context.time_base = time_base


def _tag(rows: int) -> int:
    """Return the number that H.264 has for the colour matrix: 1 for HD, 6 for smaller films."""
    return 1 if rows >= HD_ROWS else 6


def join_parts(parts: Sequence[Path], path: Path, *, sound_of: Path | None = None) -> None:
    """Join films that were encoded alike, in order, into one; the sound of another film goes beside them.

    Sound that is unusual in MP4 is encoded as AAC. Memory does not grow with the film.
    """
    with _written(path) as container:
        with opened_video(parts[0]) as (_, first):
            pictures = container.add_stream_from_template(first)
        if sound_of is None:
            for packet in _picture_packets(parts, pictures):
                container.mux(packet)
            return
        with opened_video(sound_of) as (source, _):
            streams = (_picture_packets(parts, pictures), _sound_packets(source, container))
            for packet in merge(*streams, key=_seconds):
                container.mux(packet)


def _picture_packets(parts: Sequence[Path], stream: Any) -> Iterator[Any]:  # noqa: ANN401
    for part in parts:
        with opened_video(part) as (container, pictures):
            for packet in container.demux(pictures):
                if packet.dts is not None:
                    packet.stream = stream
                    yield packet


def _sound_packets(source: Any, container: Any) -> Iterator[Any]:  # noqa: ANN401
    """Return the packets of the first sound stream, copied where MP4 usually holds them, else encoded as AAC."""
    sound = source.streams.audio[0]
    if sound.codec_context.name in COPIED_SOUND:
        return _copied_sound(source, sound, container.add_stream_from_template(sound))
    return _encoded_sound(source, sound, container.add_stream("aac", rate=sound.codec_context.sample_rate))


def _copied_sound(source: Any, sound: Any, stream: Any) -> Iterator[Any]:  # noqa: ANN401
    for packet in _readable(source.demux(sound)):
        if packet.dts is not None:
            packet.stream = stream
            yield packet


def _encoded_sound(source: Any, sound: Any, stream: Any) -> Iterator[Any]:  # noqa: ANN401
    for frame in _readable(source.decode(sound)):
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _readable(packets: Iterator[Any]) -> Iterator[Any]:
    """Yield packets up to the first that is damaged."""
    try:
        yield from packets
    except av_module().error.FFmpegError:
        return


def _seconds(packet: Any) -> float:  # noqa: ANN401
    return float(packet.dts * packet.time_base)


@contextmanager
def _written(path: Path) -> Iterator[Any]:
    """Open a film to write; OutputError in one line where the disk is full or the place cannot be written."""
    av = av_module()
    try:
        with av.open(str(path), "w") as container:
            yield container
    except (av.error.OSError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(f"cannot write {path}: {reason}; free some space or choose another place") from error
