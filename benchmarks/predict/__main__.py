"""How fast a photo is predicted: PyTorch, ONNX Runtime and OpenVINO against smp's U-Net with the same encoder.

`make bench-predict` (about 3 minutes on two idle cores). Times are medians, and every ratio is taken within one run,
in turns. With `--run RUN` (the run of `make demo`) the network is a trained one, its IoU on its held-out photos is
shown beside the speed, and a folder of its photos, at 12 megapixels, is predicted from end to end; without it the
weights are random. On a busy machine `--clock cpu` with OMP_NUM_THREADS=1 counts this process's own seconds, which
others hardly change. `--write` puts the tables into BENCHMARKS.md.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import torch

from benchmarks.hardware import machine_lines, now_and_commit
from benchmarks.predict.folder_of_photos import folder_table
from benchmarks.predict.networks import network_of_run, random_network
from benchmarks.predict.one_photo import photo_table
from benchmarks.predict.page import write_section
from benchmarks.predict.timing import Clock
from benchmarks.predict.windows import window_table
from maskwright.wording import count_of


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, help="a trained run, such as demo/run")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    parser.add_argument("--photos", type=int, default=24, help="in the folder")
    parser.add_argument("--write", action="store_true", help="the tables into BENCHMARKS.md")
    options = parser.parse_args()
    text = "\n".join(_lines(options))
    print(text)
    if options.write:
        write_section(text)


def _lines(options: argparse.Namespace) -> Iterator[str]:
    clock: Clock = time.process_time if options.clock == "cpu" else time.perf_counter
    torch.manual_seed(0)
    cv2.setNumThreads(torch.get_num_threads())
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        network = network_of_run(options.run, folder) if options.run else random_network(folder)
        command, threads = f"python -m benchmarks.predict {' '.join(sys.argv[1:])}", torch.get_num_threads()
        measured = f"{now_and_commit()}, {options.clock} seconds of {count_of(threads, 'thread')}"
        yield f"`{command}`; {'; '.join(machine_lines())}; {measured}."
        yield ""
        yield from window_table(network, options.rounds, clock)
        yield ""
        yield from photo_table(network, folder, options.rounds, clock)
        if options.run:
            yield ""
            yield from folder_table(network, folder, options.photos, clock)


if __name__ == "__main__":
    main()
