"""The plan: every number that training needs, derived from the data's fingerprint and the machine, with reasons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, Len, Lt, MultipleOf

from maskwright.losses.spec import LossSpec
from maskwright.models.spec import NetworkSpec

Share = Annotated[float, Ge(0.0), Le(1.0)]
OptimiserName = Literal["adamw", "adam", "sgd", "rmsprop"]
ScheduleName = Literal["one-cycle", "poly", "constant", "step"]
Zoom = Annotated[float, Ge(0.1), Le(8.0)]


@dataclass(frozen=True)
class Wishes:
    """What the user asks for, from which the rules derive the rest.

    `minutes`: the wall-clock of one training; `net`: a name of models/catalogue; `encoder`: as `NetworkSpec.encoder`,
    None for the network's own; `weights`: what it starts from, None for what suits it; `optimiser`: as
    `OptimPlan.name`; `loss`: as `LossSpec.mix`.
    """

    minutes: float = 10.0
    net: str = "unet"
    encoder: str | None = None
    weights: str | None = None
    optimiser: OptimiserName = "adamw"
    loss: str = "ce + dice"


@dataclass(frozen=True)
class ScalePlan:
    """`long_side_px`: photos are brought to this long side; `zoom_low`..`zoom_high`: training crops vary around it."""

    long_side_px: Annotated[int, Ge(32), Le(16384)]
    crop_px: Annotated[int, Ge(32), Le(2048), MultipleOf(32)]
    zoom_low: Zoom
    zoom_high: Zoom


@dataclass(frozen=True)
class AugmentPlan:
    """How far a crop is changed; 0 and false switch a step off. Angles in degrees, the rest as shares.

    Elastic bending draws offsets on a grid of `elastic_grid` places a side, `elastic` of a 25th of the crop or,
    where it is not 0, `elastic_px` in deviation: 3 and 10 are those of the U-Net paper.
    """

    flip_x: bool
    flip_y: bool
    rotate_deg: Annotated[float, Ge(0.0), Le(180.0)]
    perspective: Annotated[float, Ge(0.0), Le(0.5)]
    elastic: Share
    colour: Share
    blur: Share
    noise: Share
    elastic_grid: Annotated[int, Ge(2), Le(16)] = 5
    elastic_px: Annotated[float, Ge(0.0), Le(100.0)] = 0.0


@dataclass(frozen=True)
class OptimPlan:
    """`schedule`: how the rates change over the steps, which are as many as fit into `minutes` where `steps` is 0.

    A warm-up and each checkpoint estimate them. With `rescue` a training that goes wrong gets the first fix while it
    runs. `momentum`: of SGD; `bias_rate`: factor on the learning rate of biases.
    """

    name: OptimiserName
    schedule: ScheduleName
    minutes: Annotated[float, Gt(0.0)]
    steps: Annotated[int, Ge(0)]
    batch: Annotated[int, Ge(2), Le(512)]
    lr_encoder: Annotated[float, Gt(0.0), Le(1.0)]
    lr_decoder: Annotated[float, Gt(0.0), Le(1.0)]
    weight_decay: Annotated[float, Ge(0.0), Le(1.0)]
    ema: Annotated[float, Ge(0.0), Le(0.9999)]
    precision: Literal["32-true", "bf16-mixed"]
    rescue: bool = False
    momentum: Annotated[float, Ge(0.0), Lt(1.0)] = 0.9
    bias_rate: Annotated[float, Gt(0.0), Le(100.0)] = 1.0


@dataclass(frozen=True)
class SamplingPlan:
    """`object_share`: the share of crops laid on an object, each class of the photo as often; the others lie anywhere.

    The inner validation photos are learnt from after the share `inner_until` of the steps; until then each
    validation looks at `inner_photos` of them (0: at all, or at as many as a twentieth of the minutes allows).
    Until the share `centred_until` of the steps each crop shows one object centred, the others as background.
    """

    object_share: Share
    inner_until: Share
    inner_photos: Annotated[int, Ge(0)]
    centred_until: Share = 0.0


@dataclass(frozen=True)
class PredictPlan:
    """`zooms`: logits are averaged over these multiples of the working scale; `one_object`: keep the largest patch.

    `windows`: "tiles" blends windows of one scale; "grid" takes the strongest score of the whole photo and its
    halves and quarters, each brought to the size of a crop; "objects" that of the whole photo and of windows around
    the patches found in it. `least_patch`: patches of an object below this share of the squared long side become
    background; 0: none.
    """

    zooms: Annotated[tuple[Zoom, ...], Len(1, 8)]
    flip: bool
    one_object: bool
    windows: Literal["tiles", "grid", "objects"] = "tiles"
    least_patch: Annotated[float, Ge(0), Le(1)] = 0.0


@dataclass(frozen=True)
class Plan:
    """All of it; `why` gives a reason for each dotted key, as in `plan.why["scale.crop_px"]`."""

    scale: ScalePlan
    net: NetworkSpec
    augment: AugmentPlan
    loss: LossSpec
    optim: OptimPlan
    sampling: SamplingPlan
    predict: PredictPlan
    why: Mapping[str, str] = field(default_factory=dict)
