"""A folder of photos of 12 megapixels, from end to end as `predict` does it, beside decoding and the network alone."""

from collections.abc import Iterator
from pathlib import Path

import cv2

from benchmarks.predict.networks import Network
from benchmarks.predict.one_photo import large_photo
from benchmarks.predict.timing import Clock, medians
from maskwright.imaging.photos import read_photo
from maskwright.inference.predict_files import predict_files
from maskwright.inference.segmenter import Segmenter
from maskwright.inference.sources.photo_list import photos_to_do


def folder_table(network: Network, scratch: Path, count: int, clock: Clock) -> Iterator[str]:
    """Compare masks, overlays, polygons and measures of all photos with their two parts that nobody can save."""
    folder = scratch / "photos"
    folder.mkdir()
    for number in range(count):
        cv2.imwrite(str(folder / f"{number}.jpg"), large_photo(network, number)[:, :, ::-1])
    files = sorted(folder.iterdir())
    yield f"| folder of {count} photos, ms a photo | whole | decoding + network alone | ratio |\n|---|---|---|---|"
    for scales, ways in (("one scale", network.ways), ("the plan's scales", network.planned)):
        for name, way in ways.items():
            decoding, computing = _alone(way, files[0], clock)
            out = scratch / f"out-{name}-{scales}"
            begin = clock()
            predict_files(way, photos_to_do([folder], out=out).photos, out)
            whole, alone = (clock() - begin) / count, decoding + computing
            yield f"| {name}, {scales} | {1000 * whole:.0f} | {1000 * alone:.0f} | {whole / alone:.2f} |"


def _alone(way: Segmenter, file: Path, clock: Clock) -> tuple[float, float]:
    """Return the seconds of decoding a photo, and those of the network on it, already reduced."""
    photo = read_photo(file)
    size_hw, photo_at = (photo.shape[0], photo.shape[1]), way.at_working_sizes(photo)
    bare = medians(
        {"decode": lambda: read_photo(file), "net": lambda: way.logits_of_sizes(size_hw, photo_at)}, 5, clock
    )
    return bare["decode"], bare["net"]
