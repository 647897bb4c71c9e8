"""CPU seconds and memory of planning a list, and of skipping what is done: `python -m benchmarks.beyond.planning`.

A csv of 1,000,000 rows in 1,000 folders; then an output in which all but the last 100 photos are done.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.memory import peak_mb
from maskwright.remote_storage import Storage
from maskwright.workflows.photo_lists.chunks import PHOTOS_A_CHUNK, chunks_left
from maskwright.workflows.photo_lists.done_list import DONE, done_photos
from maskwright.workflows.photo_lists.listed_photos import listed_photos

ROWS, A_FOLDER, LEFT = 1_000_000, 1000, 100
LONGEST_S, MOST_MB = 30.0, 1000.0


def main() -> None:
    """Measure in a process of its own, whose memory is that of the planning alone."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.beyond.planning")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--in", dest="folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.folder is not None:
        measure(options.folder)
        return
    with TemporaryDirectory() as folder:
        draw(Path(folder), options.rows)
        command = [sys.executable, "-m", "benchmarks.beyond.planning", "--in", folder]
        subprocess.run(command, check=True)


def draw(folder: Path, rows: int) -> None:
    """Write the manifest, and the list of what is done, as the engines write it."""
    names = list(_names(rows))
    with (folder / "photos.csv").open("w") as file:
        file.write("id,path\n")
        file.writelines(f"{number},/archive/photos/{name}.jpg\n" for number, name in enumerate(names))
    done = folder / "out" / DONE
    done.mkdir(parents=True)
    for start in range(0, rows - LEFT, PHOTOS_A_CHUNK):
        text = "".join(f"{name}\n" for name in names[start : min(start + PHOTOS_A_CHUNK, rows - LEFT)])
        (done / f"{start:010d}-{start:012x}.txt").write_text(text)


def measure(folder: Path) -> None:
    """Print what planning takes, then what finding out what is left takes."""
    began_s = time.process_time()
    listed = listed_photos([str(folder / "photos.csv")], out=str(folder / "out"))
    planned_s = time.process_time() - began_s
    print(f"planning {len(listed.paths):,} photos: {planned_s:.1f} s of CPU, peak {peak_mb():.0f} MB")
    began_s = time.process_time()
    left = sum(len(chunk.photos) for chunk in chunks_left(listed, done_photos(Storage(str(folder / "out")))))
    skipped_s = time.process_time() - began_s
    print(f"skipping what is done, {left:,} photos left: {skipped_s:.1f} s of CPU, peak {peak_mb():.0f} MB")
    if max(planned_s, skipped_s) > LONGEST_S or peak_mb() > MOST_MB:
        sys.exit(f"more than {LONGEST_S:.0f} s or {MOST_MB:.0f} MB")


def _names(rows: int) -> Iterator[str]:
    """Yield folders and numbers: the same numbers in each folder, as cameras count."""
    return (f"card{number // A_FOLDER:04d}/IMG_{number % A_FOLDER:04d}" for number in range(rows))


if __name__ == "__main__":
    main()
