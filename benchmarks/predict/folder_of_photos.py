"""A folder of photos of 12 megapixels, from end to end as `predict` does it, beside decoding and the network alone."""

from collections.abc import Iterator
from pathlib import Path

import cv2

from benchmarks.predict.networks import Network
from benchmarks.predict.one_photo import LARGE_HW, large_photo
from benchmarks.predict.timing import Clock, medians
from maskwright.imaging.photos import read_photo
from maskwright.inference.predict_files import predict_files
from maskwright.inference.sources.photo_list import photos_to_do


def folder_table(network: Network, scratch: Path, count: int, clock: Clock) -> Iterator[str]:
    """Compare masks, overlays, polygons and measures of all photos with their two parts that nobody can save."""
    folder = scratch / "photos"
    folder.mkdir()
    for number in range(count):
        cv2.imwrite(str(folder / f"{number}.jpg"), large_photo(network, number)[:, :, ::-1])
    files = sorted(folder.iterdir())
    small = cv2.resize(read_photo(files[0]), network.ways["torch"].working_sizes(LARGE_HW)[0][::-1])
    yield f"| folder of {count} photos, ms a photo | whole | decoding + network alone | ratio |\n|---|---|---|---|"
    for name, way in network.ways.items():
        bare = medians({"decode": lambda: read_photo(files[0]), "net": lambda way=way: way.logits(small)}, 5, clock)  # type: ignore[misc]
        out = scratch / f"out-{name}"
        begin = clock()
        predict_files(way, photos_to_do([folder], out=out).photos, out)
        whole, alone = (clock() - begin) / count, sum(bare.values())
        yield f"| {name} | {1000 * whole:.0f} | {1000 * alone:.0f} | {whole / alone:.2f} |"
