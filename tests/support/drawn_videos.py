"""Films drawn by code, with a known mask for every frame; with sound, a turn, or damage if asked for."""

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo

RATE = Fraction(30000, 1001)
TURNS = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}
"""The matrix of a film that players turn clockwise by these degrees."""


def square_frame(index: int, *, size_hw: tuple[int, int] = (48, 64)) -> tuple[Photo, Mask]:
    """Return a dark frame with a bright square that moves right by a pixel a frame, and its mask."""
    mask = np.zeros(size_hw, dtype=np.uint8)
    mask[10:26, 4 + index % 24 : 20 + index % 24] = 1
    photo = np.where(mask[:, :, None] == 1, 230, 20).astype(np.uint8)
    return np.repeat(photo, 3, axis=2), mask


def write_film(path: Path, photos: Sequence[Photo], *, codec: str = "libx264", rate: Fraction = RATE) -> Path:
    """Write frames as a film without sound."""
    with av.open(str(path), "w") as container:
        _write_pictures(container, photos, codec, rate)
    return path


def write_film_with_sound(path: Path, photos: Sequence[Photo], *, sound_codec: str = "aac") -> Path:
    """Write frames as a film with a tone as long as they are."""
    with av.open(str(path), "w") as container:
        sound = container.add_stream(sound_codec, rate=16000)
        assert isinstance(sound, av.AudioStream)
        _write_pictures(container, photos, "libx264", RATE)
        _write_tone(container, sound, seconds=len(photos) / float(RATE))
    return path


def write_sound(path: Path) -> Path:
    """Write a file with sound and no pictures."""
    with av.open(str(path), "w") as container:
        _write_tone(container, container.add_stream("aac", rate=16000), seconds=0.5)
    return path


def turned_film(film: Path, path: Path, degrees: int) -> Path:
    """Copy an MP4 with the flag that players turn it clockwise by so many degrees, as phones write it."""
    data = bytearray(film.read_bytes())
    at = data.find(b"tkhd") + 44
    a, b, c, d = (value * 65536 for value in TURNS[degrees])
    data[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path


def damaged_film(path: Path, photos: Sequence[Photo], *, broken: int) -> Path:
    """Write a film of single JPEG frames, one of which cannot be decoded."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.height, stream.width = photos[0].shape[:2]
        stream.pix_fmt = "yuvj420p"
        for index, photo in enumerate(photos):
            for packet in stream.encode(av.VideoFrame.from_ndarray(photo, format="rgb24")):
                copy = av.Packet(b"\0" * packet.size if index == broken else bytes(packet))
                copy.stream, copy.time_base = stream, packet.time_base
                copy.pts, copy.dts = packet.pts, packet.dts
                container.mux(copy)
    return path


def frames_of(path: Path) -> list[NDArray[np.uint8]]:
    """Return the frames of a film as it stores them: HxWx3, or HxW for a grey film."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        pixels = "gray" if stream.codec_context.pix_fmt == "gray" else "rgb24"
        return [np.asarray(frame.to_ndarray(format=pixels), dtype=np.uint8) for frame in container.decode(stream)]


def _write_pictures(
    container: av.container.OutputContainer, photos: Sequence[Photo], codec: str, rate: Fraction
) -> None:
    stream = container.add_stream(codec, rate=rate)
    assert isinstance(stream, av.VideoStream)
    stream.height, stream.width = photos[0].shape[:2]
    stream.pix_fmt = "yuv420p"
    for photo in photos:
        container.mux(stream.encode(av.VideoFrame.from_ndarray(photo, format="rgb24")))
    container.mux(stream.encode())


def _write_tone(container: av.container.OutputContainer, stream: av.AudioStream, *, seconds: float) -> None:
    samples = np.arange(int(seconds * 16000))
    tone = (8000 * np.sin(samples * 440 * 2 * np.pi / 16000)).astype(np.int16)
    for start in range(0, len(tone) - 1024, 1024):
        frame = av.AudioFrame.from_ndarray(tone[None, start : start + 1024], format="s16", layout="mono")
        frame.sample_rate, frame.pts = 16000, start
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
