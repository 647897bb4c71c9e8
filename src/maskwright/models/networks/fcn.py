"""FCN-32s, 16s and 8s (Long, Shelhamer and Darrell 2015) on AlexNet, VGG-11, VGG-16 and EfficientNet-Lite0."""

import re
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

from maskwright.errors import WeightsError
from maskwright.models.networks.fcn_encoders import BACKBONES, Backbone, Encoder, build_encoder
from maskwright.models.networks.upsampling import Upsampling
from maskwright.models.receptive_field import PIXELS, grid_after, least_side_px

STRIDES_PX = (32, 16, 8)
FCN_NAMES = tuple(
    f"fcn{finest}s-{backbone}{end}" for finest in STRIDES_PX for backbone in BACKBONES for end in ("", "-headless")
)


class FCN(nn.Module):
    """Scores of the coarsest map, upsampled step by step; the scores of finer maps are added on the way (skips).

    All scores start at zero, so a finer network that loads the stage before starts where that one stopped. The
    original pads the photo by 100 zeros and crops; here fc6 is padded instead, so that no map is shifted.

    Input: normalised Nx3xHxW, any H and W. Output: NxCxHxW logits.
    """

    stride = 32

    def __init__(self, encoder: Encoder, *, finest_px: int, channels: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.least_px = least_side_px(encoder)
        self.steps_px = tuple(stride for stride in STRIDES_PX if stride >= finest_px)
        eighth = grid_after(encoder.to_8)
        sixteenth = grid_after(encoder.to_16, eighth)
        last = grid_after(encoder.fc, grid_after(encoder.to_32, sixteenth))
        grids = {1: PIXELS, 8: eighth, 16: sixteenth, 32: last}
        widths = dict(zip(reversed(STRIDES_PX), encoder.channels, strict=True))
        self.scores = nn.ModuleDict({f"{s}": _zero_scores(widths[s], channels) for s in self.steps_px})
        self.upsamplings = nn.ModuleDict(
            {
                f"{coarse}-{fine}": Upsampling(channels, coarse=grids[coarse], fine=grids[fine])
                for coarse, fine in pairwise((*self.steps_px, 1))
            }
        )

    def forward(self, photos: Tensor) -> Tensor:
        size_hw = photos.shape[-2], photos.shape[-1]
        framed = _pad_to_stride(photos, self.stride, self.least_px)
        maps = dict(zip(reversed(STRIDES_PX), self.encoder(framed), strict=True))
        scores: Tensor = self.scores["32"](maps[32])
        for coarse, fine in pairwise((*self.steps_px, 1)):
            target_hw = size_hw if fine == 1 else (maps[fine].shape[-2], maps[fine].shape[-1])
            scores = self.upsamplings[f"{coarse}-{fine}"](scores, target_hw)
            if fine > 1:
                scores = scores + self.scores[f"{fine}"](maps[fine])
        return scores


def build_fcn(backbone: Backbone, *, finest_px: int, channels: int, headless: bool, width: float) -> FCN:
    """Return an FCN with random weights.

    `finest_px` is the stride of the finest map with its own scores: 32, 16 or 8. Headless, the features of VGG or
    AlexNet feed the scores directly; else fc6 and fc7 come between, 4096 * `width` channels wide (Lite0: 1280).
    """
    return FCN(build_encoder(backbone, headless=headless, width=width), finest_px=finest_px, channels=channels)


def parse_fcn_name(name: str) -> tuple[Backbone, int, bool]:
    """Return backbone, stride of the finest scores in pixels, and whether headless, of a name in FCN_NAMES."""
    parts = re.fullmatch(r"fcn(\d+)s-(\w+?)(-headless)?", name)
    if name not in FCN_NAMES or parts is None:
        raise WeightsError(f"there is no network {name!r}: the FCNs are {', '.join(FCN_NAMES)}")
    backbone = next(b for b in BACKBONES if b == parts[2])
    return backbone, int(parts[1]), parts[3] is not None


def _zero_scores(width: int, channels: int) -> nn.Conv2d:
    """Return a 1x1 convolution to one score for each class, all zero: as good as random ones in the paper."""
    layer = nn.Conv2d(width, channels, 1)
    nn.init.zeros_(layer.weight)
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
    return layer


def _pad_to_stride(photos: Tensor, stride: int, least_px: int) -> Tensor:
    """Repeat the last row and column until the sides are multiples of the stride and at least `least_px`."""
    height, width = photos.shape[-2:]
    right = max(-width % stride, least_px - width)
    below = max(-height % stride, least_px - height)
    return functional.pad(photos, (0, right, 0, below), mode="replicate")
