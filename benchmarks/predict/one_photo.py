"""One photo of 12 megapixels, from its JPEG to its mask, beside decoding and the network alone."""

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from benchmarks.predict.networks import Network, drawn_photo
from benchmarks.predict.timing import Clock, medians
from maskwright.imaging.photos import Photo, read_photo

LARGE_HW = (3000, 4000)


def photo_table(network: Network, folder: Path, rounds: int, clock: Clock) -> Iterator[str]:
    """Compare the way from JPEG to mask with its two parts that nobody can save."""
    file = folder / "large.jpg"
    cv2.imwrite(str(file), large_photo(network)[:, :, ::-1])
    photo = read_photo(file)
    yield "| 12-MP photo to mask | ms | decoding + network alone, ms | ratio |\n|---|---|---|---|"
    for name, way in network.ways.items():
        small = cv2.resize(photo, way.working_sizes(LARGE_HW)[0][::-1], interpolation=cv2.INTER_AREA)
        jobs: dict[str, Callable[[], object]] = {
            "whole": lambda way=way: way.mask(read_photo(file)),  # type: ignore[misc]
            "decode": lambda: read_photo(file),
            "network": lambda way=way, small=small: way.logits(small),  # type: ignore[misc]
        }
        seconds = medians(jobs, rounds, clock)
        bare = seconds["decode"] + seconds["network"]
        yield f"| {name} | {1000 * seconds['whole']:.0f} | {1000 * bare:.0f} | {seconds['whole'] / bare:.2f} |"


def large_photo(network: Network, number: int = 0) -> Photo:
    """Return an unseen photo of the run, or smooth noise, at 12 megapixels."""
    if network.unseen is None:
        return drawn_photo(LARGE_HW)
    samples = network.unseen.samples
    photo = network.unseen.photo(samples[number % len(samples)])
    return np.asarray(cv2.resize(photo, LARGE_HW[::-1], interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
