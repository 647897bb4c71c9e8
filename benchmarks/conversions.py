"""Every set of ../shared/data written in every format and read back: `python -m benchmarks.conversions`.

Writes benchmarks/conversions.json, the share of pixels that differ, which the page of the formats quotes, and goes on
where it stopped.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.datasets.converting import WRITERS, convert
from maskwright.datasets.dataset import Dataset, Sample
from maskwright.datasets.opening import open_dataset
from maskwright.errors import DataError, MaskwrightError
from maskwright.files import write_json

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
RESULTS = Path(__file__).with_suffix(".json")
SETS = ("camvid", "car_parts", "crackforest", "drive", "futoshiki", "isbi_membrane", "kolektor", "magnetic_tile")
WITHOUT_PHOTOS = "no photo beside the labels"


def main() -> int:
    """Convert each set into each format; exit code 1 where more than 0.05 % of the pixels differ."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.conversions")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--photos", type=int, default=2, help="of each set")
    options = parser.parse_args()
    shares: dict[str, Mapping[str, float]] = json.loads(RESULTS.read_text())["shares"] if RESULTS.exists() else {}
    for source in sources(options.data):
        name = source.relative_to(options.data).as_posix()
        if name not in shares:
            shares[name] = differing(source, photos=options.photos)
            write_json(RESULTS, {"photos": options.photos, "shares": shares})
        worst = max((share for share in shares[name].values()), default=None)
        print(f"{name}: {WITHOUT_PHOTOS if worst is None else f'{worst:.4%}'}", flush=True)
    return int(any(share > 0.0005 for own in shares.values() for share in own.values()))


def sources(data: Path) -> Iterator[Path]:
    """Yield the folders of the files that tools wrote, which are small, and of the real sets."""
    for path in sorted((data / "formats").iterdir()):
        yield from (path / "project",) if (path / "project").is_dir() else (path,) if path.is_dir() else ()
    yield from (data / name for name in SETS)


def differing(source: Path, *, photos: int) -> Mapping[str, float]:
    """Return by format the share of pixels that differ after writing some photos and reading them back.

    Empty where no annotated photo is there. Pixels are compared by the names of their classes; ignored ones do not
    count where the format says that it cannot hold them.
    """
    try:
        data = _few(open_dataset(source), photos)
    except DataError:  # label files whose PNGs were not kept: they are refused, which is another test's matter
        return {}
    return {name: _share(data, name) for name in WRITERS} if data.samples else {}


def _few(data: Dataset, photos: int) -> Dataset:
    """Return the first photos of one part that are annotated and can be read."""
    sound = [s for s in data.samples if s.truth is not None and s.photo.is_file() and _has_mask(data, s)]
    part = sound[0].part if sound else None
    return replace(data, samples=tuple(s for s in sound if s.part == part)[:photos])


def _has_mask(data: Dataset, sample: Sample) -> bool:
    try:
        return bool((data.mask(sample) != IGNORE).any())
    except MaskwrightError:
        return False


def _share(data: Dataset, name: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        report = convert(data, name, Path(folder) / "out")
        again = open_dataset(Path(folder) / "out")
        lost = any("ignored" in line for line in report.lost)
        bare_said = any("background alone" in line for line in report.lost)
        pixels = wrong = 0
        for before, after in zip(data.samples, again.samples, strict=True):
            names = dict.fromkeys([*_names(data), *_names(again)])
            ours = _by_name(data, before, list(names))
            # A format that cannot say that a photo shows nothing lists it without annotation, and that is said.
            bare = after.truth is None and bare_said
            theirs = np.full_like(ours, list(names).index("")) if bare else _by_name(again, after, list(names))
            counted = ours >= 0 if lost else np.ones_like(ours, dtype=np.bool_)
            pixels += int(counted.sum())
            wrong += int((ours != theirs)[counted].sum())
        return wrong / max(1, pixels)


def _names(data: Dataset) -> list[str]:
    return ["" if i == data.classes.background else name for i, name in enumerate(data.classes.names)]


def _by_name(data: Dataset, sample: Sample, names: list[str]) -> NDArray[np.int64]:
    """Return a mask as places in a list of class names, -1 for ignored pixels."""
    places = np.full(256, -1, dtype=np.int64)
    places[: len(data.classes)] = [names.index(name) for name in _names(data)]
    return np.asarray(places[data.mask(sample)])


if __name__ == "__main__":
    sys.exit(main())
