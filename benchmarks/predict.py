"""How fast a photo is predicted: PyTorch, ONNX Runtime and OpenVINO against smp's U-Net with the same encoder.

`make bench-predict` (about 2 minutes on two idle cores): one network of random weights, 512-px windows, whole
photos of 12 megapixels. Times are medians, and every ratio is taken within one run, in turns. On a busy machine
`--clock cpu` with OMP_NUM_THREADS=1 counts this process's own seconds, which others hardly change.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from maskwright.classes import class_table
from maskwright.imaging.photos import Photo, read_photo
from maskwright.inference.exported.exported_files import exported_model, load_exported, self_test
from maskwright.inference.exported.metadata import Facts
from maskwright.inference.exported.runtimes import RUNTIMES, installed
from maskwright.inference.segmenter import Segmenter
from maskwright.models.build import PaddedNet, build_model
from maskwright.models.spec import NetworkSpec
from maskwright.planning.plan import PredictPlan

LITE0 = "tf_efficientnet_lite0"
WINDOW_PX, LARGE_HW = 512, (3000, 4000)
Clock = Callable[[], float]
DECODER = (128, 64, 32, 32)
"""The decoder that a plan gives a U-Net on two cores."""


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    chosen = options.parse_args()
    rounds, clock = chosen.rounds, time.process_time if chosen.clock == "cpu" else time.perf_counter
    torch.manual_seed(0)
    ours = build_model(NetworkSpec("unet", LITE0, DECODER, "random"), 2).module.eval()
    assert isinstance(ours, PaddedNet)
    channels_last = ours.to(memory_format=torch.channels_last)
    segmenter = Segmenter(
        channels_last, class_table(("background", "object")), PredictPlan((1.0,), False, False), 512, 512
    )
    with tempfile.TemporaryDirectory() as folder:
        ways = {"torch": segmenter, **_exported(segmenter, ours, Path(folder))}
        _print_windows(ways, rounds, clock)
        _print_photos(ways, Path(folder), rounds, clock)


def _exported(segmenter: Segmenter, net: PaddedNet, folder: Path) -> dict[str, Segmenter]:
    """Return the same network on each runtime that is installed."""
    facts = Facts(
        segmenter.classes, segmenter.predict, 512, 512, net.stride, net.least_px, None, None, "random", "none", "0" * 64
    )
    file = folder / "model.onnx"
    file.write_bytes(exported_model(segmenter, facts, self_test(segmenter, _photo((300, 400)))))
    return {runtime: load_exported(file, runtime=runtime) for runtime in RUNTIMES if installed(runtime)}


def _photo(size_hw: tuple[int, int]) -> Photo:
    noise = np.random.default_rng(0).integers(0, 255, (size_hw[0] // 20, size_hw[1] // 20, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(noise, size_hw[::-1], interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def _print_windows(ways: dict[str, Segmenter], rounds: int, clock: Clock) -> None:
    """Compare windows of 512 px with smp's U-Net as its documentation builds it: eager, fp32, contiguous."""
    import segmentation_models_pytorch as smp

    peer = smp.Unet(f"tu-{LITE0}", encoder_weights=None, classes=1).eval()
    window = _photo((WINDOW_PX, WINDOW_PX))
    tensor = torch.from_numpy(window).permute(2, 0, 1)[None].float().contiguous()

    def of_peer() -> NDArray[Any]:
        with torch.inference_mode():
            return np.asarray(peer(tensor / 255).numpy())

    jobs: dict[str, Callable[[], object]] = {"smp": of_peer}
    jobs |= {name: lambda way=way: way.logits(window) for name, way in ways.items()}  # type: ignore[misc]
    seconds = _medians(jobs, rounds, clock)
    expected = ways["torch"].logits(window).argmax(axis=0)
    print("| 512-px window | ms | times smp's speed | equal pixels |\n|---|---|---|---|")
    for name, median in seconds.items():
        equal = "" if name == "smp" else f"{np.mean(ways[name].logits(window).argmax(axis=0) == expected):.3%}"
        print(f"| {name} | {1000 * median:.0f} | {seconds['smp'] / median:.2f} | {equal} |")


def _print_photos(ways: dict[str, Segmenter], folder: Path, rounds: int, clock: Clock) -> None:
    """Compare a photo of 12 megapixels, from its JPEG to its mask, with decoding and the network alone."""
    file = folder / "large.jpg"
    cv2.imwrite(str(file), _photo(LARGE_HW))
    small = _photo((384, 512))
    print("\n| 12-MP photo to mask | ms | decoding + network alone, ms | ratio |\n|---|---|---|---|")
    for name, way in ways.items():
        jobs: dict[str, Callable[[], object]] = {
            "whole": lambda way=way: way.mask(read_photo(file)),  # type: ignore[misc]
            "decode": lambda: read_photo(file),
            "network": lambda way=way: way.logits(small),  # type: ignore[misc]
        }
        seconds = _medians(jobs, rounds, clock)
        bare = seconds["decode"] + seconds["network"]
        print(f"| {name} | {1000 * seconds['whole']:.0f} | {1000 * bare:.0f} | {seconds['whole'] / bare:.2f} |")


def _medians(jobs: dict[str, Callable[[], object]], rounds: int, clock: Clock) -> dict[str, float]:
    """Return the median seconds of each job, all jobs in turns, after one round that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds + 1):
        for name, job in jobs.items():
            start = clock()
            job()
            seconds[name].append(clock() - start)
    return {name: statistics.median(values[1:]) for name, values in seconds.items()}


if __name__ == "__main__":
    main()
