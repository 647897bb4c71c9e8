"""A video through a Segmenter: overlay video with sound, a table with a row a frame, and masks if asked for."""

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from maskwright.classes import ClassTable
from maskwright.errors import DataError, OutputError
from maskwright.files import make_folder, read_json, write_bytes, write_json, write_text, write_with
from maskwright.imaging.drawing import draw_overlay
from maskwright.imaging.video.reader import Frame, VideoFacts, video_facts, video_frames
from maskwright.imaging.video.writer import VideoWriter, join_parts, mask_video, overlay_video
from maskwright.inference.outputs.photo_outputs import encode_mask
from maskwright.inference.segmenter import Segmenter
from maskwright.workflows.video.flicker import mean_flicker, raw_flicker
from maskwright.workflows.video.frame_rows import FrameRow, as_csv, header, objects_in
from maskwright.workflows.video.smoothing import Memory, smooth_frame
from maskwright.workflows.video.video_parts import (
    FORMAT,
    Part,
    VideoOutputs,
    begin_parts,
    finished_parts,
    part_files,
    read_memory,
    remove_parts,
    video_outputs,
    write_memory,
)

FRAMES_A_PART = 200
SMOOTH_FROM = 0.001
"""`auto` smooths videos of which this share of the still pixels changes class from frame to frame, or more."""

Smooth = Literal["auto", "on", "off"]
FrameMasks = Literal["none", "png", "film"]


@dataclass(frozen=True)
class VideoRequest:
    """What is asked for: `identity` tells this model from others, so that unfinished work is not mixed up."""

    video: Path
    out: Path
    smooth: Smooth = "auto"
    masks: FrameMasks = "none"
    identity: str = ""


@dataclass(frozen=True)
class VideoResult:
    """What a video gave: frames predicted and broken, mean flicker from 0 to 1, and where the results are."""

    frames: int
    broken: int
    flicker: float
    raw_flicker: float
    smoothed: bool
    outputs: VideoOutputs
    resumed_at: int = 0


def predict_video(
    segmenter: Segmenter, request: VideoRequest, *, on_frame: Callable[[int, int], None] | None = None
) -> VideoResult:
    """Write `NAME.overlay.mp4`, `NAME.frames.csv` and `NAME.film.json`; masks too if asked for.

    `on_frame` gets the number of frames done and of all, 0 where the video does not say. A stopped prediction goes on
    where its last part ended. Raises DataError for what is no video, OutputError where results cannot be written.
    """
    facts = video_facts(request.video)
    outputs = video_outputs(request.video, make_folder(request.out))
    key = _key(request)
    if (done := _already_done(outputs, key)) is not None:
        return done
    begin_parts(outputs, key)
    smooth = request.smooth == "on" or (
        request.smooth == "auto" and raw_flicker(segmenter, request.video, facts) >= SMOOTH_FROM
    )
    resumed_at = _predict_parts(segmenter, request, facts, smooth=smooth, on_frame=on_frame)
    totals = _assemble(request, outputs, facts, segmenter.classes)
    result = VideoResult(*totals, smooth, outputs, resumed_at)
    write_json(outputs.summary, _summary(result, facts, key))
    remove_parts(outputs)
    return result


def _key(request: VideoRequest) -> dict[str, object]:
    stat = request.video.stat()
    return {
        "format": FORMAT,
        "film": request.video.name,
        "bytes": stat.st_size,
        "modified_ns": stat.st_mtime_ns,
        "model": request.identity,
        "smooth": request.smooth,
        "masks": request.masks,
    }


def _already_done(outputs: VideoOutputs, key: dict[str, object]) -> VideoResult | None:
    """Return the result of an earlier, complete prediction; OutputError if the files there are of another one."""
    if not outputs.summary.is_file():
        foreign = [path for path in (outputs.overlay, outputs.table) if path.exists() and not outputs.parts.exists()]
        if foreign:
            raise OutputError(f"{foreign[0]} was not written by predict: move it away, or choose another --out")
        return None
    stored = read_json(outputs.summary)
    if not isinstance(stored, dict) or stored.get("request") != key:
        raise OutputError(f"{outputs.summary} is of another film, run or setting: choose another --out")
    good, broken = int(stored["frames"]), int(stored["broken_frames"])
    flicker, raw = (math.nan if stored[name] is None else float(stored[name]) for name in ("flicker", "raw_flicker"))
    return VideoResult(good, broken, flicker, raw, bool(stored["smoothed"]), outputs, good + broken)


def _summary(result: VideoResult, facts: VideoFacts, key: dict[str, object]) -> dict[str, object]:
    return {
        "request": key,
        "frames": result.frames,
        "broken_frames": result.broken,
        "width_px": facts.size_hw[1],
        "height_px": facts.size_hw[0],
        "frames_per_second": float(facts.rate),
        "smoothed": result.smoothed,
        "flicker": None if math.isnan(result.flicker) else result.flicker,
        "raw_flicker": None if math.isnan(result.raw_flicker) else result.raw_flicker,
    }


def _predict_parts(
    segmenter: Segmenter,
    request: VideoRequest,
    facts: VideoFacts,
    *,
    smooth: bool,
    on_frame: Callable[[int, int], None] | None,
) -> int:
    """Predict the parts that are not there yet; return the number of the first frame that was predicted now."""
    outputs = video_outputs(request.video, request.out)
    finished = finished_parts(outputs.parts)
    memory, first = read_memory(finished[-1].memory) if finished else (None, 0)
    frames = video_frames(request.video, facts, skip=first)
    number = len(finished)
    while batch := list(islice(frames, 1)):
        part = _PartWriter(segmenter, facts, part_files(outputs.parts, number), outputs, request.masks)
        memory, last = part.write(_chained(batch[0], frames), memory, smooth=smooth, on_frame=on_frame)
        write_memory(part.files.memory, memory, last + 1)
        number += 1
    return first


def _chained(first: Frame, others: Iterator[Frame]) -> Iterator[Frame]:
    yield first
    yield from islice(others, FRAMES_A_PART - 1)


@dataclass(frozen=True)
class _PartWriter:
    """Predicts the frames of one part and writes its files."""

    segmenter: Segmenter
    facts: VideoFacts
    files: Part
    outputs: VideoOutputs
    masks: FrameMasks

    def write(
        self,
        frames: Iterator[Frame],
        memory: Memory | None,
        *,
        smooth: bool,
        on_frame: Callable[[int, int], None] | None,
    ) -> tuple[Memory | None, int]:
        """Return the memory after the last frame, and the number of that frame."""
        rows: list[FrameRow] = []
        last = -1
        for leftover in (self.files.overlay, self.files.masks):
            leftover.unlink(missing_ok=True)
        with ExitStack() as opened:
            videos: list[VideoWriter] = []
            for frame in frames:
                last = frame.index
                if frame.photo is None:
                    rows.append(FrameRow(frame.index, math.nan, math.nan, math.nan, ()))
                else:
                    videos = videos or self._open(opened)
                    memory = self._frame(frame, memory, videos, rows, smooth=smooth)
                if on_frame is not None:
                    on_frame(frame.index + 1, self.facts.frames)
        write_text(self.files.rows, as_csv(rows))
        return memory, last

    def _open(self, opened: ExitStack) -> list[VideoWriter]:
        videos = [opened.enter_context(overlay_video(self.files.overlay, self.facts))]
        if self.masks == "film":
            videos.append(opened.enter_context(mask_video(self.files.masks, self.facts)))
        return videos

    def _frame(
        self, frame: Frame, memory: Memory | None, videos: list[VideoWriter], rows: list[FrameRow], *, smooth: bool
    ) -> Memory:
        assert frame.photo is not None
        photo, classes = frame.photo, self.segmenter.classes
        smoothed = smooth_frame(photo, self.segmenter.photo_logits(photo), memory, smooth=smooth)
        mask = self.segmenter.mask_of_logits(smoothed.logits, (photo.shape[0], photo.shape[1]))
        videos[0].write_photo(draw_overlay(photo, mask, classes), frame.ticks)
        if self.masks == "film":
            videos[1].write_mask(mask, frame.ticks)
        elif self.masks == "png":
            write_bytes(self.outputs.masks_png / f"{frame.index:06d}.png", encode_mask(mask, classes))
        time_s = float(frame.ticks * self.facts.time_base)
        objects = objects_in(mask, smoothed.logits, classes=classes, correction=self.segmenter.correction)
        rows.append(FrameRow(frame.index, time_s, smoothed.flicker, smoothed.raw_flicker, objects))
        return smoothed.memory


def _assemble(
    request: VideoRequest, outputs: VideoOutputs, facts: VideoFacts, classes: ClassTable
) -> tuple[int, int, float, float]:
    """Write the results from the parts; return frames, broken ones, mean flicker and mean raw flicker."""
    parts = finished_parts(outputs.parts)
    videos = [part for part in parts if part.overlay.is_file()]
    if not videos:
        raise DataError(f"{request.video} holds no frame that can be decoded: export the film again as H.264 MP4")
    sound = request.video if facts.has_sound else None
    write_with(outputs.overlay, lambda path: join_parts([part.overlay for part in videos], path, sound_of=sound))
    if request.masks == "film":
        write_with(outputs.masks_video, lambda path: join_parts([part.masks for part in videos], path))
    write_with(outputs.table, lambda path: _join_rows(parts, path, as_csv((), header(classes))))
    return mean_flicker(part.rows for part in parts)


def _join_rows(parts: list[Part], path: Path, columns: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(columns)
        for part in parts:
            file.write(part.rows.read_text(encoding="utf-8"))
