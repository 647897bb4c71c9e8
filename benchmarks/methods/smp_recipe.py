"""The article's recipe on segmentation-models-pytorch, as its readers run it.

smp.Unet on a pretrained encoder, whole photos squeezed to 320 x 320, the stacked augmentations of smp's own example,
Dice loss, Adam 5e-4, a tenth of it from epoch 30 of 40 on. Two arms: its 40 epochs, and as many epochs as fit into
the minutes that we take. Photos are decoded once and kept, which its readers' loaders do not do: to its favour.
The noise is as faint as in the albumentations of its day. Pixels beyond a moved photo are background, as in its
example, where the task is one class before a background, and ignored where there are more.
"""

from dataclasses import dataclass

import albumentations as A
import cv2
import numpy as np
import segmentation_models_pytorch as smp
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from benchmarks.methods.task import Stopwatch, Task, Trained, enlarged, resized_pairs, shuffled_batches
from maskwright.classes import IGNORE
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo
from maskwright.models.weights.encoders import load_packaged_weights

SIZE_PX, BATCH, EPOCHS, LATE, RATE = 320, 4, 40, 0.75, 5e-4
ENCODER = "tf_efficientnet_lite0"
NOISE_STD = (0.012, 0.028)
"""Of the range of values: variances of 10 to 50 of 255 squared, the default until albumentations 2."""


def fit_40_epochs(task: Task) -> Trained:
    """Train for the article's 40 epochs, however long they take."""
    return _fit(task, minutes=False)


def fit_minutes(task: Task) -> Trained:
    """Train for the task's minutes, with the drop of the rate at the same share of them."""
    return _fit(task, minutes=True)


def _fit(task: Task, *, minutes: bool) -> Trained:
    watch = Stopwatch(task.budget_s)
    torch.manual_seed(task.seed)
    rng = np.random.default_rng(task.seed)
    classes = task.parts.train.classes
    recipe = set_up(len(classes))
    pairs = resized_pairs(task.parts.train, SIZE_PX)
    augment = augmentations(task.seed, beyond=0 if classes.is_binary else IGNORE)
    steps = 0
    for epoch, places in shuffled_batches(len(pairs), BATCH, rng):
        share = watch.seconds / task.budget_s if minutes else epoch / EPOCHS
        if share >= 1 or (minutes and not watch.has_time()):
            break
        for group in recipe.optimiser.param_groups:
            group["lr"] = RATE * (0.1 if share >= LATE else 1.0)
        take_step(recipe, augment, [pairs[i] for i in places])
        steps += 1
    return Trained(lambda photo: whole_photo(recipe.net, photo, SIZE_PX), steps)


@dataclass(frozen=True)
class Recipe:
    """The recipe's network, in training, with its loss and optimiser; with two classes it has one channel."""

    net: nn.Module
    loss: nn.Module
    optimiser: torch.optim.Optimizer
    is_binary: bool


def set_up(class_count: int) -> Recipe:
    """Return smp's default U-Net on the packaged encoder weights, with Dice loss and Adam."""
    binary = class_count == 2
    net = smp.Unet(f"tu-{ENCODER}", encoder_weights=None, classes=1 if binary else class_count)
    load_packaged_weights(net.get_submodule("encoder.model"), ENCODER)
    net.train()
    loss = smp.losses.DiceLoss("binary" if binary else "multiclass", ignore_index=IGNORE)
    return Recipe(net, loss, torch.optim.Adam(net.parameters(), lr=RATE), binary)


def take_step(recipe: Recipe, augment: A.Compose, pairs: list[tuple[Photo, Mask]]) -> None:
    """Augment the photos and masks and take one step on them."""
    drawn = [augment(image=photo, mask=mask) for photo, mask in pairs]
    logits = recipe.net(as_tensor([one["image"] for one in drawn]))
    target = torch.from_numpy(np.stack([one["mask"] for one in drawn])).long()
    value = recipe.loss(logits, target.unsqueeze(1) if recipe.is_binary else target)
    recipe.optimiser.zero_grad()
    value.backward()
    recipe.optimiser.step()


def augmentations(seed: int, *, beyond: int) -> A.Compose:
    """Return the stack of smp's CamVid example, which the article took over; `beyond`: the class outside."""
    moved = A.ShiftScaleRotate(
        scale_limit=0.5, rotate_limit=0, shift_limit=0.1, p=1, border_mode=cv2.BORDER_CONSTANT, fill_mask=beyond
    )
    return A.Compose(
        [
            A.HorizontalFlip(p=0.5),
            moved,
            A.GaussNoise(std_range=NOISE_STD, p=0.2),
            A.Perspective(p=0.5, fill_mask=beyond),
            A.OneOf([A.CLAHE(p=1), A.RandomBrightnessContrast(p=1), A.RandomGamma(p=1)], p=0.9),
            A.OneOf([A.Sharpen(p=1), A.Blur(blur_limit=3, p=1), A.MotionBlur(blur_limit=3, p=1)], p=0.9),
            A.OneOf([A.RandomBrightnessContrast(p=1), A.HueSaturationValue(p=1)], p=0.9),
        ],
        seed=seed,
    )


def as_tensor(photos: list[NDArray[np.uint8]]) -> Tensor:
    """Return NHWC uint8 photos as Nx3xHxW floats in -1..1, as the encoder was trained."""
    return torch.from_numpy(np.stack(photos)).permute(0, 3, 1, 2).float() / 127.5 - 1.0


def whole_photo(net: nn.Module, photo: Photo, size_px: int) -> Mask:
    """Return the mask of a photo squeezed to the training size, brought back to the photo's own."""
    net.eval()
    small = np.asarray(cv2.resize(photo, (size_px, size_px), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    with torch.inference_mode():
        logits = net(as_tensor([small]))[0].float().numpy()
    return enlarged(logits, (photo.shape[0], photo.shape[1]))
