"""A model of photos a second, fitted to this machine: `python -m benchmarks.beyond.throughput`.

Measured on one core, in CPU seconds: decoding, the network, and what follows (mask, overlay, polygons, tables), for
photos of several sizes; then two processes at once, which share the memory's bandwidth. Extrapolated to machines with
more cores, GPUs and a network, of which the slowest part sets the pace. GPUs were not measured: their speed is an
assumption, given with --gpu-speed as a multiple of one core.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import torch

from maskwright.classes import class_table
from maskwright.imaging.photos import read_photo
from maskwright.inference.outputs.photo_outputs import Measuring, photo_outputs
from maskwright.inference.segmenter import Segmenter
from maskwright.inference.sources.photo_list import PhotoToDo
from maskwright.models.build import build_model
from maskwright.models.spec import NetworkSpec
from maskwright.planning.plan import PredictPlan

SIZES_HW = ((600, 800), (1200, 1600), (2400, 3200))
LONG_SIDE_PX = 512
DECODER = (128, 64, 32, 32)
RUNS = 5
COUNTS = (10**6, 10**9)
PHOTO_MP, PHOTO_BYTES, OUT_BYTES = 2.0, 600_000, 250_000
"""The photo that is extrapolated to: megapixels, bytes to fetch, bytes to store."""
SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class Costs:
    """Seconds of one core: for each megapixel around the network, for each photo around it, and for the network."""

    a_megapixel_s: float
    a_photo_s: float
    network_s: float
    slower_together: float


@dataclass(frozen=True)
class Machines:
    """What works on a list: cores, GPUs, and gigabits a second to and from storage, all machines together."""

    name: str
    cores: int
    gpus: int
    gigabits: float


MACHINES = (
    Machines("1 core", 1, 0, 1),
    Machines("2 cores", 2, 0, 1),
    Machines("64 cores", 64, 0, 10),
    Machines("8 GPUs, 64 cores", 64, 8, 25),
    Machines("8 GPUs, 192 cores", 192, 8, 100),
    Machines("8 such machines: 64 GPUs, 1,536 cores", 1536, 64, 800),
)


def main() -> None:
    """Measure, fit, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.beyond.throughput")
    parser.add_argument("--gpu-speed", type=float, default=100.0, help="one GPU as a multiple of one core (assumed)")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measured()))
        return
    alone, together = _in_processes(1)[0], _in_processes(2)
    costs = fitted(alone, together)
    around = f"{1000 * costs.a_megapixel_s:.0f} ms a megapixel + {1000 * costs.a_photo_s:.0f} ms a photo"
    print(f"decoding and writing: {around}; network: {1000 * costs.network_s:.0f} ms a photo")
    print(f"two processes at once: {costs.slower_together:.2f} times the CPU seconds of one")
    print(f"\nphotos of {PHOTO_MP:g} MP, {PHOTO_BYTES:,} bytes in, {OUT_BYTES:,} out")
    print(f"one GPU as {options.gpu_speed:g} cores: assumed, not measured\n")
    print("| machines | photos a second | slowest part | 10^6 photos | 10^9 photos |\n|---|---|---|---|---|")
    for machines in MACHINES:
        rate, part = pace(costs, machines, gpu_speed=options.gpu_speed)
        times = " | ".join(_in_words(count / rate) for count in COUNTS)
        print(f"| {machines.name} | {rate:,.1f} | {part} | {times} |")


def measured() -> list[tuple[float, float, float]]:
    """Return megapixels, the seconds of a whole photo, and those of the network alone, for each size."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    net = build_model(NetworkSpec("unet", "tf_efficientnet_lite0", DECODER, "random"), 2).module.eval()
    segmenter = Segmenter(
        net.to(memory_format=torch.channels_last),
        class_table(("background", "object")),
        PredictPlan((1.0,), False, False),
        LONG_SIDE_PX,
        LONG_SIDE_PX,
    )
    with TemporaryDirectory() as folder:
        return [_of_size(segmenter, Path(folder), size_hw) for size_hw in SIZES_HW]


def _of_size(segmenter: Segmenter, folder: Path, size_hw: tuple[int, int]) -> tuple[float, float, float]:
    noise = np.random.default_rng(0).integers(0, 255, (size_hw[0] // 20, size_hw[1] // 20, 3), dtype=np.uint8)
    file = folder / f"{size_hw[0]}.jpg"
    cv2.imwrite(str(file), cv2.resize(noise, size_hw[::-1], interpolation=cv2.INTER_CUBIC))
    small = cv2.resize(read_photo(file), (LONG_SIDE_PX, LONG_SIDE_PX * 3 // 4))
    whole, network = list[float](), list[float]()
    for _ in range(RUNS + 1):
        began_s = time.process_time()
        photo = read_photo(file)
        prediction, todo = segmenter.prediction(photo), PhotoToDo(file, "photo")
        photo_outputs(photo, prediction, todo, classes=segmenter.classes, measuring=Measuring())
        whole.append(time.process_time() - began_s)
        began_s = time.process_time()
        segmenter.logits(np.asarray(small, dtype=np.uint8))
        network.append(time.process_time() - began_s)
    return size_hw[0] * size_hw[1] / 1e6, median(whole[1:]), median(network[1:])


def _in_processes(count: int) -> list[list[tuple[float, float, float]]]:
    """Return what each of `count` processes measures at the same time."""
    words = [sys.executable, "-m", "benchmarks.beyond.throughput", "--one"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    started = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(count)]
    return [json.loads(process.communicate()[0]) for process in started]


def fitted(alone: list[tuple[float, float, float]], together: list[list[tuple[float, float, float]]]) -> Costs:
    """Return the costs: a straight line through the seconds around the network over the megapixels."""
    sizes, whole, network = np.array(alone).T
    slope, start = np.polyfit(sizes, whole - network, 1)
    slower = float(np.mean([np.array(one)[:, 1] for one in together]) / np.mean(whole))
    return Costs(float(slope), max(0.0, float(start)), float(np.median(network)), max(1.0, slower))


def pace(costs: Costs, machines: Machines, *, gpu_speed: float) -> tuple[float, str]:
    """Return the photos a second of machines, and the part that allows no more."""
    around_s = costs.a_megapixel_s * PHOTO_MP + costs.a_photo_s
    slower = 1.0 if machines.cores == 1 else costs.slower_together
    on_cores_s = around_s if machines.gpus else around_s + costs.network_s
    parts = {
        "cores": machines.cores / (on_cores_s * slower),
        "storage": machines.gigabits * 1e9 / 8 / max(PHOTO_BYTES, OUT_BYTES),
    }
    if machines.gpus:
        parts["GPUs"] = machines.gpus * gpu_speed / costs.network_s
    slowest = min(parts, key=lambda part: parts[part])
    return parts[slowest], slowest


def _in_words(seconds: float) -> str:
    if seconds < 3600:
        return f"{seconds / 60:,.0f} minutes"
    return f"{seconds / 3600:,.1f} hours" if seconds < SECONDS_A_DAY else f"{seconds / SECONDS_A_DAY:,.1f} days"


if __name__ == "__main__":
    main()
