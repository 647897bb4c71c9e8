"""torchvision's reference style of segmentation: its FCN head, SGD with momentum and a poly rate, cross-entropy.

As references/segmentation does it: random resize of the short side to 0.5-2 times the base size, horizontal flip,
random crops, SGD 0.01 with momentum 0.9 and weight decay 1e-4, rate times (1 - step/steps)^0.9. Three things differ:
the encoder is the one that every method here starts from, not a ResNet-50; it is not dilated to stride 8, which on a
CPU leaves a tenth of the steps and a far worse mask in the same time; and there is no auxiliary head.
"""

import cv2
import numpy as np
import segmentation_models_pytorch as smp
import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models.segmentation.fcn import FCNHead

from benchmarks.methods.smp_recipe import ENCODER, as_tensor
from benchmarks.methods.task import Stopwatch, Task, Trained, enlarged, scaled_pairs, shuffled_batches
from maskwright.classes import IGNORE
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo
from maskwright.models.weights.encoders import load_packaged_weights

BASE_PX, CROP_PX, BATCH, RATE = 520, 480, 4, 0.01


class FCN(nn.Module):
    """Encoder of stride 32 and torchvision's FCN head, enlarged bilinearly to the input's size."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.encoder = smp.encoders.get_encoder(f"tu-{ENCODER}", weights=None)
        load_packaged_weights(self.encoder.get_submodule("model"), ENCODER)
        self.head = FCNHead(self.encoder.out_channels[-1], channels)

    def forward(self, x: Tensor) -> Tensor:
        return functional.interpolate(self.head(self.encoder(x)[-1]), size=x.shape[-2:], mode="bilinear")


def fit(task: Task) -> Trained:
    """Train for the task's minutes; the rate falls with the share of them that has passed."""
    watch = Stopwatch(task.budget_s)
    torch.manual_seed(task.seed)
    rng = np.random.default_rng(task.seed)
    net = FCN(len(task.parts.train.classes))
    optimiser = torch.optim.SGD(net.parameters(), lr=RATE, momentum=0.9, weight_decay=1e-4)
    pairs = scaled_pairs(task.parts.train, 2 * BASE_PX)
    steps = 0
    for _, places in shuffled_batches(len(pairs), BATCH, rng):
        if not watch.has_time():
            break
        for group in optimiser.param_groups:
            group["lr"] = RATE * max(1e-3, 1 - watch.seconds / task.budget_s) ** 0.9
        drawn = [_draw(*pairs[i], rng) for i in places]
        logits = net(as_tensor([photo for photo, _ in drawn]))
        target = torch.from_numpy(np.stack([mask for _, mask in drawn])).long()
        optimiser.zero_grad()
        functional.cross_entropy(logits, target, ignore_index=IGNORE).backward()
        optimiser.step()
        steps += 1
    return Trained(lambda photo: _predict(net, photo), steps)


def _draw(photo: Photo, mask: Mask, rng: np.random.Generator) -> tuple[Photo, Mask]:
    """Return one CROP_PX square of a randomly resized, perhaps mirrored photo, padded with ignored pixels."""
    scale = int(rng.integers(BASE_PX // 2, 2 * BASE_PX)) / min(photo.shape[:2])
    size_wh = (max(1, round(photo.shape[1] * scale)), max(1, round(photo.shape[0] * scale)))
    photo = np.asarray(cv2.resize(photo, size_wh, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    mask = np.asarray(cv2.resize(mask, size_wh, interpolation=cv2.INTER_NEAREST), dtype=np.uint8)
    if rng.random() < 0.5:
        photo, mask = photo[:, ::-1], mask[:, ::-1]
    pad_y, pad_x = (max(0, CROP_PX - length) for length in mask.shape)
    photo = np.pad(photo, ((0, pad_y), (0, pad_x), (0, 0)))
    mask = np.pad(mask, ((0, pad_y), (0, pad_x)), constant_values=IGNORE)
    top, left = (int(rng.integers(0, length - CROP_PX + 1)) for length in mask.shape)
    return photo[top : top + CROP_PX, left : left + CROP_PX], mask[top : top + CROP_PX, left : left + CROP_PX]


def _predict(net: nn.Module, photo: Photo) -> Mask:
    net.eval()
    scale = BASE_PX / min(photo.shape[:2])
    size_wh = (max(32, round(photo.shape[1] * scale)), max(32, round(photo.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(photo, size_wh, interpolation=how), dtype=np.uint8)
    with torch.inference_mode():
        logits = net(as_tensor([small]))[0].float().numpy()
    return enlarged(logits, (photo.shape[0], photo.shape[1]))
