"""How much a video flickers: measured on its first frames before smoothing, and over its table afterwards."""

import csv
import math
from collections.abc import Iterable
from pathlib import Path

from maskwright.imaging.video.reader import VideoFacts, video_frames
from maskwright.inference.segmenter import Segmenter
from maskwright.workflows.video.smoothing import Memory, smooth_frame

PROBED_FRAMES = 12
FLICKER = 3
"""Its column in the table."""
RAW_FLICKER = 4
"""Its column in the table."""


def raw_flicker(segmenter: Segmenter, video: Path, facts: VideoFacts) -> float:
    """Return the mean flicker of the first frames without smoothing, from 0 to 1; 0 for a video of one frame."""
    memory: Memory | None = None
    scores: list[float] = []
    for frame in video_frames(video, facts):
        if frame.index >= PROBED_FRAMES:
            break
        if frame.photo is not None:
            smoothed = smooth_frame(frame.photo, segmenter.photo_logits(frame.photo), memory, smooth=False)
            memory = smoothed.memory
            scores.append(smoothed.raw_flicker)
    known = [score for score in scores if not math.isnan(score)]
    return sum(known) / len(known) if known else 0.0


def mean_flicker(tables: Iterable[Path]) -> tuple[int, int, float, float]:
    """Return good frames, broken frames, mean flicker and mean raw flicker over csv files without header."""
    good = broken = 0
    sums, counts = [0.0, 0.0], [0, 0]
    for table in tables:
        with table.open(encoding="utf-8", newline="") as file:
            for cells in csv.reader(file):
                if cells[2] == "broken":
                    broken += 1
                    continue
                good += 1
                for place, column in enumerate((FLICKER, RAW_FLICKER)):
                    if cells[column]:
                        sums[place] += float(cells[column])
                        counts[place] += 1
    flicker, raw = (total / count if count else math.nan for total, count in zip(sums, counts, strict=True))
    return good, broken, flicker, raw
