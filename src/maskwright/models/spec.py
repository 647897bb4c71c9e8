"""What defines a network: the values of plan.toml's section [net], which `build_model` unpacks."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, Le, Len


@dataclass(frozen=True)
class NetworkSpec:
    """A network's name, encoder, size and starting weights.

    `name`: a network's name; `maskwright nets` lists them.
    `encoder`: a timm name; "" where the network brings its own encoder.
    `decoder_channels`: widths of a U-Net's decoder, coarse to fine. With four, the head does the last doubling of size.
    `weights`: "imagenet", "random", "auto" (ImageNet's if available, else the family's fallback), or the path of a
    weights file or of a run.
    `width`: factor on the channels of the heavy networks.
    `frozen_stages`: number of encoder stages that are not trained; more than there are means all.
    `checkpointing`: compute features twice, to save memory.
    """

    name: str
    encoder: str
    decoder_channels: Annotated[tuple[Annotated[int, Ge(1)], ...], Len(4, 5)]
    weights: str
    width: Annotated[float, Gt(0.0), Le(1.0)] = 1.0
    frozen_stages: Annotated[int, Ge(0), Le(16)] = 0
    checkpointing: bool = False
