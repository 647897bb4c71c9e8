"""The strongest fair peer: smp's U-Net as a competent person sets it up in an afternoon.

Photos at 768 px on the long side, random crops of 320 px of which 60 % are centred on an object, flips, zoom 0.7 to
1.4, rotation by up to 15 degrees, brightness and colour; cross-entropy plus Dice; AdamW at 3e-4 for the encoder and
3e-3 for the decoder, one cycle by the clock; channels_last, bf16 where the CPU multiplies it. Prediction averages the
whole photo and its mirror image.
"""

import math
from contextlib import AbstractContextManager

import cv2
import numpy as np
import segmentation_models_pytorch as smp
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.methods.smp_recipe import ENCODER, as_tensor
from benchmarks.methods.task import Stopwatch, Task, Trained, enlarged, shuffled_batches
from maskwright.classes import IGNORE
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo
from maskwright.models.weights.encoders import load_packaged_weights
from maskwright.planning.machine import this_machine

LONG_SIDE_PX, CROP_PX, BATCH, STRIDE_PX = 768, 320, 4, 32
OBJECT_SHARE, ZOOM, TURN_DEGREES = 0.6, (0.7, 1.4), 15.0
ENCODER_RATE, DECODER_RATE, WEIGHT_DECAY, WARM_UP = 3e-4, 3e-3, 1e-2, 0.2

Pair = tuple[Photo, Mask]


def fit(task: Task) -> Trained:
    """Train for the task's minutes; the rates rise and fall with the share of them that has passed."""
    watch = Stopwatch(task.budget_s)
    torch.manual_seed(task.seed)
    rng = np.random.default_rng(task.seed)
    classes = task.parts.train.classes
    net = _network(len(classes))
    optimiser = _optimiser(net)
    dice = smp.losses.DiceLoss("multiclass", ignore_index=IGNORE)
    pairs = _pairs(task)
    steps = 0
    for _, places in shuffled_batches(len(pairs), BATCH, rng):
        if not watch.has_time():
            break
        _set_rates(optimiser, watch.seconds / task.budget_s)
        drawn = [_crop(pairs[i], classes.scored, rng) for i in places]
        photos = as_tensor([photo for photo, _ in drawn]).to(memory_format=torch.channels_last)
        target = torch.from_numpy(np.stack([mask for _, mask in drawn])).long()
        with _precision():
            logits = net(photos)
        logits = logits.float()
        loss = functional.cross_entropy(logits, target, ignore_index=IGNORE) + dice(logits, target)
        optimiser.zero_grad()
        if torch.isfinite(loss):  # a batch of ignored pixels alone has none
            loss.backward()
            optimiser.step()
        steps += 1
    net.eval()
    return Trained(lambda photo: _predict(net, photo), steps)


def _network(class_count: int) -> nn.Module:
    net = smp.Unet(f"tu-{ENCODER}", encoder_weights=None, classes=class_count)
    load_packaged_weights(net.get_submodule("encoder.model"), ENCODER)
    net.train()
    laid: nn.Module = net.to(memory_format=torch.channels_last)
    return laid


def _optimiser(net: nn.Module) -> torch.optim.Optimizer:
    encoder = list(net.get_submodule("encoder").parameters())
    known = {id(parameter) for parameter in encoder}
    decoder = [parameter for parameter in net.parameters() if id(parameter) not in known]
    groups = [{"params": encoder, "peak": ENCODER_RATE}, {"params": decoder, "peak": DECODER_RATE}]
    return torch.optim.AdamW(groups, weight_decay=WEIGHT_DECAY)


def _set_rates(optimiser: torch.optim.Optimizer, share: float) -> None:
    """Set the rates of one cycle: from a 25th up to the peak while warming up, then down to nothing by a cosine."""
    if share < WARM_UP:
        factor = 0.04 + 0.96 * share / WARM_UP
    else:
        factor = 0.5 + 0.5 * math.cos(math.pi * min(1.0, (share - WARM_UP) / (1 - WARM_UP)))
    for group in optimiser.param_groups:
        group["lr"] = group["peak"] * factor


def _precision() -> AbstractContextManager[object]:
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=this_machine().bf16)


def _pairs(task: Task) -> list[Pair]:
    """Return all training photos and masks at 768 px, smaller photos enlarged."""
    dataset, pairs = task.parts.train, []
    for sample in dataset.samples:
        photo = _scaled(dataset.photo(sample, long_side_px=2 * LONG_SIDE_PX))
        pairs.append((photo, dataset.mask(sample, size_hw=(photo.shape[0], photo.shape[1]))))
    return pairs


def _scaled(photo: Photo) -> Photo:
    scale = LONG_SIDE_PX / max(photo.shape[:2])
    size_wh = (max(1, round(photo.shape[1] * scale)), max(1, round(photo.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(photo, size_wh, interpolation=how), dtype=np.uint8)


def _crop(pair: Pair, scored: tuple[int, ...], rng: np.random.Generator) -> Pair:
    """Return one crop of a photo, zoomed, turned, mirrored and recoloured; what lies outside the photo is ignored."""
    photo, mask = pair
    x, y = _centre(mask, scored, rng)
    matrix = cv2.getRotationMatrix2D((x, y), rng.uniform(-TURN_DEGREES, TURN_DEGREES), rng.uniform(*ZOOM))
    matrix[0, 2] += CROP_PX / 2 - x
    matrix[1, 2] += CROP_PX / 2 - y
    size = (CROP_PX, CROP_PX)
    photo = np.asarray(cv2.warpAffine(photo, matrix, size, borderMode=cv2.BORDER_REFLECT_101), dtype=np.uint8)
    turned = cv2.warpAffine(mask, matrix, size, flags=cv2.INTER_NEAREST, borderValue=(IGNORE,))
    mask = np.asarray(turned, dtype=np.uint8)
    if rng.random() < 0.5:
        photo, mask = photo[:, ::-1], mask[:, ::-1]
    return recoloured(photo, rng), mask


def _centre(mask: Mask, scored: tuple[int, ...], rng: np.random.Generator) -> tuple[float, float]:
    """Return x, y of a crop's centre: on a pixel of some class that is shown, or anywhere that fills the crop."""
    height, width = mask.shape
    shown = [class_id for class_id in np.unique(mask) if class_id in scored]
    if shown and rng.random() < OBJECT_SHARE:
        place = int(rng.choice(np.flatnonzero(mask == rng.choice(shown))))
        return place % width + rng.uniform(-60, 60), place // width + rng.uniform(-60, 60)
    half_w, half_h = min(CROP_PX, width) / 2, min(CROP_PX, height) / 2
    return rng.uniform(half_w, width - half_w), rng.uniform(half_h, height - half_h)


def recoloured(photo: Photo, rng: np.random.Generator) -> Photo:
    """Return the photo with another contrast, brightness and tint."""
    gain = rng.uniform(0.75, 1.25) * rng.uniform(0.95, 1.05, 3)
    levels = np.arange(256)[:, None]
    table = np.clip((levels - 128) * gain + 128 + rng.uniform(-30, 30), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(photo, table.reshape(1, 256, 3)), dtype=np.uint8)


def _predict(net: nn.Module, photo: Photo) -> Mask:
    small = _scaled(photo)
    height, width = small.shape[:2]
    below, beside = -height % STRIDE_PX, -width % STRIDE_PX
    padded = np.pad(small, ((0, below), (0, beside), (0, 0)), mode="edge")
    shares = (_shares(net, padded) + _shares(net, padded[:, ::-1]).flip(-1)) / 2
    return enlarged(_array(shares)[:, :height, :width], (photo.shape[0], photo.shape[1]))


def _shares(net: nn.Module, photo: NDArray[np.uint8]) -> Tensor:
    with torch.inference_mode(), _precision():
        logits = net(as_tensor([photo]).to(memory_format=torch.channels_last))[0]
    shares: Tensor = logits.float().softmax(dim=0)
    return shares


def _array(shares: Tensor) -> NDArray[np.float32]:
    return np.ascontiguousarray(shares.numpy(), dtype=np.float32)
