"""CPU seconds of `maskwright check` on large drawn sets: `python -m benchmarks.intake [--profile]`.

100,000 polygons of 5 classes on 100 photos of 1 megapixel, as one COCO file, and 5,000 photos of 96x128 pixels with
mask images. The figures are those of the process that checks, its start included.
"""

import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

PHOTOS, POLYGONS_A_PHOTO, SIZE_HW = 100, 1000, (1000, 1000)
SMALL_PHOTOS, SMALL_HW = 5000, (96, 128)
CLASSES, CORNERS, RADII_PX = 5, 12, (4.0, 24.0)
SEED = 0


def main() -> None:
    """Draw both sets, check each, and print the CPU seconds; with --profile print where they went."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.intake")
    parser.add_argument("--out", type=Path, help="keep the drawn sets there, and use them again")
    parser.add_argument("--set", choices=("polygons", "small"), dest="only", help="only this one")
    parser.add_argument("--profile", action="store_true", help="print the functions that took longest")
    options = parser.parse_args()
    with TemporaryDirectory() as temporary:
        out = options.out or Path(temporary)
        for name, draw in (("polygons", draw_polygons), ("small", draw_small_photos)):
            if options.only in (None, name):
                folder = out / name
                if not folder.exists():
                    draw(folder)
                print(f"{name}: {cpu_seconds(folder, profile=options.profile):.1f} s of CPU")


def cpu_seconds(folder: Path, *, profile: bool = False) -> float:
    """Return the CPU seconds, user and system, that `maskwright check` takes on the folder."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = ["-m", "cProfile", "-s", "tottime"] if profile else []
    command = [sys.executable, *start, "-m", "maskwright", "check", str(folder)]
    subprocess.run(command, check=False, stdout=None if profile else subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def draw_polygons(folder: Path) -> None:
    """Draw noisy photos with bright polygons, and write the polygons as one COCO file."""
    rng = np.random.default_rng(SEED)
    folder.mkdir(parents=True)
    annotations: list[dict[str, object]] = []
    for index in range(PHOTOS):
        photo = rng.integers(60, 120, (*SIZE_HW, 3), dtype=np.uint8)
        for polygon in _polygons(rng):
            left, top = (int(low) for low in polygon.min(axis=0))
            right, bottom = (int(high) for high in polygon.max(axis=0))
            photo[top:bottom, left:right] += 10
            annotation = {"id": len(annotations) + 1, "image_id": index + 1, "iscrowd": 0}
            category = 1 + int(rng.integers(CLASSES))
            segmentation = [polygon.reshape(-1).round(2).tolist()]
            annotations.append({**annotation, "category_id": category, "segmentation": segmentation})
        Image.fromarray(photo).save(folder / f"{index:03}.jpg", quality=90)
    height, width = SIZE_HW
    images = [{"id": i + 1, "file_name": f"{i:03}.jpg", "height": height, "width": width} for i in range(PHOTOS)]
    categories = [{"id": i + 1, "name": f"class {i + 1}"} for i in range(CLASSES)]
    coco = {"images": images, "categories": categories, "annotations": annotations}
    (folder / "annotations.json").write_text(json.dumps(coco))


def _polygons(rng: np.random.Generator) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return POLYGONS_A_PHOTO polygons of CORNERS points, all of them on the photo."""
    reach = RADII_PX[1]
    centres = rng.uniform(reach, np.subtract(SIZE_HW, reach), (POLYGONS_A_PHOTO, 1, 2))
    radii = rng.uniform(*RADII_PX, (POLYGONS_A_PHOTO, 1, 1)) * rng.uniform(0.7, 1.0, (POLYGONS_A_PHOTO, CORNERS, 1))
    angles = np.arange(CORNERS) * 2 * np.pi / CORNERS
    return np.asarray(centres + radii * np.stack([np.cos(angles), np.sin(angles)], axis=1))


def draw_small_photos(folder: Path) -> None:
    """Draw small photos, unlike each other, with one bright rectangle each, and their masks."""
    rng = np.random.default_rng(SEED)
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    for index in range(SMALL_PHOTOS):
        blobs = Image.fromarray(rng.integers(40, 140, (6, 8, 3), dtype=np.uint8))
        photo = np.asarray(blobs.resize(SMALL_HW[::-1], Image.Resampling.BICUBIC)).copy()
        photo += rng.integers(0, 12, photo.shape, dtype=np.uint8)
        mask = np.zeros(SMALL_HW, np.uint8)
        top, left = (int(rng.integers(4, side - 40)) for side in SMALL_HW)
        mask[top : top + 32, left : left + 36] = 255
        photo[mask > 0] += 60
        Image.fromarray(photo).save(folder / "images" / f"{index:05}.jpg", quality=90)
        Image.fromarray(mask).save(folder / "masks" / f"{index:05}.png")


if __name__ == "__main__":
    main()
