"""README's first picture: a model trained in plain PyTorch fails on a real photo, and `maskwright diagnose` says why.

`python -m docs_tools.coins FOLDER` trains it (a minute on one core), writes FOLDER/masks, FOLDER/predictions and
FOLDER/photos, prints the diagnosis, and draws docs/pictures/diagnosis.jpg. The photo is that of Greek coins from
Pompeii in scikit-image (Brooklyn Museum, no known restrictions). The upper half is learned from, the lower half is
predicted. The fault is a common one: the weight of the rare class was given to the background.
"""

import re
import sys
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from skimage import data, filters, segmentation
from torch import Tensor, nn
from torch.nn import functional

import maskwright as mw
from maskwright.files import write_bytes
from maskwright.imaging.drawing import encode_jpeg

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "pictures" / "diagnosis.jpg"
TRAINED_ROWS, TILE_W, STEPS, CROP_PX = 152, 96, 40, 64
COIN_WEIGHT = 0.25  # the fault: 4 was meant
SMALLEST_COIN_PX = 400
ENLARGED = 2
ORANGE, WHITE = (235, 120, 20), (255, 255, 255)


class SmallUNet(nn.Module):
    """A U-Net of three levels, as tutorials write it: Nx1xHxW in 0..1 -> Nx1xHxW logits."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.fine, self.middle, self.coarse = _block(1, width), _block(width, 2 * width), _block(2 * width, 4 * width)
        self.up_middle, self.up_fine = _block(6 * width, 2 * width), _block(3 * width, width)
        self.score = nn.Conv2d(width, 1, 1)

    def forward(self, photo: Tensor) -> Tensor:
        """Return the logits of coin."""
        fine = self.fine(photo)
        middle = self.middle(functional.max_pool2d(fine, 2))
        coarse = self.coarse(functional.max_pool2d(middle, 2))
        middle = self.up_middle(torch.cat([functional.interpolate(coarse, scale_factor=2.0), middle], 1))
        scores: Tensor = self.score(
            self.up_fine(torch.cat([functional.interpolate(middle, scale_factor=2.0), fine], 1))
        )
        return scores


def _block(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(_convolution(inputs, outputs), nn.ReLU(), _convolution(outputs, outputs), nn.ReLU())


def _convolution(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode="reflect")


def coins() -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return the grey photo (HxW) and the mask of its 24 coins, by scikit-image's own tutorial of the watershed."""
    photo: NDArray[np.uint8] = data.coins()
    markers = np.where(photo < 30, 1, np.where(photo > 150, 2, 0))
    filled = ndimage.binary_fill_holes(segmentation.watershed(filters.sobel(photo), markers) - 1)
    patches, _ = ndimage.label(filled)
    large = np.flatnonzero(np.bincount(patches.ravel()) > SMALLEST_COIN_PX)
    return photo, np.isin(patches, large[large > 0])


def trained(photo: NDArray[np.uint8], truth: NDArray[np.bool_]) -> SmallUNet:
    """Return a network after a few steps on crops of the upper half, with the class weights exchanged."""
    torch.manual_seed(0)
    generator = np.random.default_rng(0)
    net = SmallUNet()
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    loss_of = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(COIN_WEIGHT))
    for _ in range(STEPS):
        top = generator.integers(0, TRAINED_ROWS - CROP_PX, 8)
        left = generator.integers(0, photo.shape[1] - CROP_PX, 8)
        crops = [np.s_[y : y + CROP_PX, x : x + CROP_PX] for y, x in zip(top, left, strict=True)]
        photos = torch.from_numpy(np.stack([photo[crop] / 255 for crop in crops]))[:, None].float()
        masks = torch.from_numpy(np.stack([truth[crop] for crop in crops]))[:, None].float()
        optimizer.zero_grad()
        loss_of(net(photos), masks).backward()
        optimizer.step()
    return net


def write_case(folder: Path) -> None:
    """Write masks, predicted probabilities and photos of the lower half, cut into four tiles."""
    photo, truth = coins()
    net = trained(photo, truth)
    high = (photo.shape[0] - TRAINED_ROWS) // 4 * 4
    for name in ("masks", "predictions", "photos"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        lower = torch.from_numpy(photo[-high:] / 255).float()[None, None]
        probabilities = torch.sigmoid(net(lower))[0, 0].numpy()
    for tile, left in enumerate(range(0, photo.shape[1], TILE_W)):
        columns = np.s_[:, left : left + TILE_W]
        cv2.imwrite(str(folder / "photos" / f"{tile}.png"), photo[-high:][columns])
        cv2.imwrite(str(folder / "masks" / f"{tile}.png"), truth[-high:][columns].astype(np.uint8) * 255)
        np.save(folder / "predictions" / f"{tile}.npy", probabilities[columns])


def draw_picture(folder: Path, threshold: float) -> NDArray[np.uint8]:
    """Return the mask that the model gave over the photo, and the one at the threshold that the diagnosis names."""
    tiles = sorted((folder / "photos").glob("*.png"))
    grey = np.hstack([np.asarray(Image.open(path), np.uint8) for path in tiles])
    probabilities = np.hstack([np.load(folder / "predictions" / f"{path.stem}.npy") for path in tiles])
    plain = np.repeat(grey[:, :, None], 3, axis=2)
    before = _titled("what the model marks on a photo it has not seen: nothing", _shaded(plain, probabilities > 0.5))
    title = f"the same model at the threshold that diagnose names, {threshold:.2f}"
    return np.vstack([before, _titled(title, _shaded(plain, probabilities > threshold))])


def _shaded(photo: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    shaded = photo.copy()
    shaded[mask] = (0.5 * shaded[mask] + 0.5 * np.array(ORANGE)).astype(np.uint8)
    return shaded


def _titled(title: str, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    large = np.asarray(cv2.resize(picture, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_CUBIC), np.uint8)
    head = np.full((34, large.shape[1], 3), 32, np.uint8)
    cv2.putText(head, title, (10, 23), cv2.FONT_HERSHEY_SIMPLEX, 0.6, WHITE, 1, cv2.LINE_AA)
    return np.vstack([head, large]).astype(np.uint8)


def main(folder: Path) -> None:
    """Write the case, print its diagnosis and draw the picture."""
    write_case(folder)
    findings = mw.diagnose(mw.read_folders(folder / "masks", folder / "predictions", photos=folder / "photos"))
    for finding in findings:
        print(finding)
    first = next(finding for finding in findings if finding.code == "threshold-off")
    named = re.search(r">= ([\d.]+\d)", first.fix)
    assert named is not None
    threshold = float(named[1])
    write_bytes(PICTURE, encode_jpeg(draw_picture(folder, threshold), 85))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
