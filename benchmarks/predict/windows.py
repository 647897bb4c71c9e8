"""Windows of 512 px: how many times as fast as smp's U-Net, how many pixels are equal, and what the IoU loses."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import segmentation_models_pytorch as smp
import torch
from numpy.typing import NDArray

from benchmarks.predict.networks import Network, drawn_photo
from benchmarks.predict.timing import Clock, medians
from maskwright.datasets.dataset import Dataset
from maskwright.evaluation.evaluate import evaluate
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo

WINDOW_PX = 512


def window_table(network: Network, rounds: int, clock: Clock) -> Iterator[str]:
    """Compare windows with smp's U-Net as its documentation builds it: eager, fp32, contiguous."""
    peer = smp.Unet(f"tu-{network.encoder.removeprefix('tu-')}", encoder_weights=None, classes=1).eval()
    window = _window(network.unseen)
    tensor = torch.from_numpy(window).permute(2, 0, 1)[None].float().contiguous()

    def of_peer() -> NDArray[Any]:
        with torch.inference_mode():
            return np.asarray(peer(tensor / 255).numpy())

    jobs: dict[str, Callable[[], object]] = {"smp": of_peer}
    jobs |= {name: lambda way=way: way.logits(window) for name, way in network.ways.items()}  # type: ignore[misc]
    seconds = medians(jobs, rounds, clock)
    yield "| 512-px window | ms | times smp's speed | equal pixels | IoU lost, points |\n|---|---|---|---|---|"
    facts = _quality(network, window)
    for name, median in seconds.items():
        yield f"| {name} | {1000 * median:.0f} | {seconds['smp'] / median:.2f} | {facts.get(name, ' | ')} |"


def _quality(network: Network, window: Photo) -> dict[str, str]:
    """Return two cells by runtime: the share of pixels equal to PyTorch's, and the IoU lost on unseen photos."""
    facts = {}
    if network.unseen is None:
        expected = network.ways["torch"].logits(window).argmax(axis=0)
        for name, way in network.ways.items():
            facts[name] = f"{np.mean(way.logits(window).argmax(axis=0) == expected):.3%} | "
        return facts
    masks = {name: _masks(way.mask, network.unseen) for name, way in network.ways.items()}
    ious = {name: evaluate(way, network.unseen, held_out=True).dataset_iou for name, way in network.ways.items()}
    for name in network.ways:
        equal = np.mean([np.mean(a == b) for a, b in zip(masks[name], masks["torch"], strict=True)])
        facts[name] = f"{equal:.3%} | {100 * (ious['torch'] - ious[name]):+.2f}"
    return facts


def _masks(mask: Callable[[Photo], Mask], photos: Dataset) -> list[Mask]:
    return [mask(photos.photo(sample)) for sample in photos.samples]


def _window(photos: Dataset | None) -> Photo:
    """Return a window of the first unseen photo, or a drawn one."""
    if photos is None:
        return drawn_photo((WINDOW_PX, WINDOW_PX))
    photo = photos.photo(photos.samples[0])[:WINDOW_PX, :WINDOW_PX]
    below, right = WINDOW_PX - photo.shape[0], WINDOW_PX - photo.shape[1]
    return np.pad(photo, ((0, below), (0, right), (0, 0)), mode="edge")
