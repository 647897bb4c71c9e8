"""The plan: every number that training needs, derived from the data's fingerprint and the machine, with reasons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, Len, MultipleOf

Share = Annotated[float, Ge(0.0), Le(1.0)]
Zoom = Annotated[float, Ge(0.1), Le(8.0)]


@dataclass(frozen=True)
class Wishes:
    """What the user asks for: `minutes` is the wall-clock of one training."""

    minutes: float = 10.0


@dataclass(frozen=True)
class ScalePlan:
    """`long_side_px`: photos are brought to this long side; `zoom_low`..`zoom_high`: training crops vary around it."""

    long_side_px: Annotated[int, Ge(32), Le(16384)]
    crop_px: Annotated[int, Ge(64), Le(2048), MultipleOf(32)]
    zoom_low: Zoom
    zoom_high: Zoom


@dataclass(frozen=True)
class NetPlan:
    """`encoder` is a timm name; `decoder_channels` are the U-Net's widths, coarse to fine."""

    encoder: str
    decoder: Literal["unet", "fpn", "deeplabv3plus"]
    decoder_channels: Annotated[tuple[Annotated[int, Ge(1)], ...], Len(5, 5)]
    weights: Literal["imagenet", "random"]


@dataclass(frozen=True)
class AugmentPlan:
    """How far a crop is changed; 0 and false switch a step off. Angles in degrees, the rest as shares."""

    flip_x: bool
    flip_y: bool
    rotate_deg: Annotated[float, Ge(0.0), Le(180.0)]
    perspective: Annotated[float, Ge(0.0), Le(0.5)]
    elastic: Share
    colour: Share
    blur: Share
    noise: Share


@dataclass(frozen=True)
class LossPlan:
    """Cross-entropy plus Dice by weight; `class_weights` are the cross-entropy's, one a class."""

    cross_entropy: Annotated[float, Ge(0.0)]
    dice: Annotated[float, Ge(0.0)]
    class_weights: tuple[Annotated[float, Gt(0.0)], ...]


@dataclass(frozen=True)
class OptimPlan:
    """AdamW with a one-cycle rate. `steps` 0 means: as many as fit into `minutes`, measured in the warm-up."""

    minutes: Annotated[float, Gt(0.0)]
    steps: Annotated[int, Ge(0)]
    batch: Annotated[int, Ge(2), Le(512)]
    lr_encoder: Annotated[float, Gt(0.0), Le(1.0)]
    lr_decoder: Annotated[float, Gt(0.0), Le(1.0)]
    weight_decay: Annotated[float, Ge(0.0), Le(1.0)]
    ema: Annotated[float, Ge(0.0), Le(0.9999)]
    precision: Literal["32-true", "bf16-mixed"]


@dataclass(frozen=True)
class SamplingPlan:
    """`object_share`: the share of crops laid on an object, each class of the photo as often; the others lie anywhere.

    The inner validation photos are learnt from after the share `inner_until` of the steps; until then each
    validation looks at `inner_photos` of them (0: at all, or at as many as a tenth of the minutes allows).
    """

    object_share: Share
    inner_until: Share
    inner_photos: Annotated[int, Ge(0)]


@dataclass(frozen=True)
class PredictPlan:
    """`zooms`: logits are averaged over these multiples of the working scale; `one_object`: keep the largest patch."""

    zooms: Annotated[tuple[Zoom, ...], Len(1, 8)]
    flip: bool
    one_object: bool


@dataclass(frozen=True)
class Plan:
    """All of it; `why` gives a reason for each dotted key, as in `plan.why["scale.crop_px"]`."""

    scale: ScalePlan
    net: NetPlan
    augment: AugmentPlan
    loss: LossPlan
    optim: OptimPlan
    sampling: SamplingPlan
    predict: PredictPlan
    why: Mapping[str, str] = field(default_factory=dict)
