"""The plan: every number that training needs, derived from the data's fingerprint and the machine, with reasons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le, Len, Lt, MultipleOf

from maskwright.losses.spec import LossSpec
from maskwright.models.spec import NetworkSpec

Share = Annotated[float, Ge(0.0), Le(1.0)]
OptimizerName = Literal["adamw", "adam", "sgd", "rmsprop"]
ScheduleName = Literal["one-cycle", "poly", "constant", "step", "exponential"]
Zoom = Annotated[float, Ge(0.1), Le(8.0)]


@dataclass(frozen=True)
class Request:
    """What the user asks for, from which the rules derive the rest.

    `minutes`: the wall-clock of one training; `net`: a name of models/catalogue; `encoder`: as `NetworkSpec.encoder`,
    None for the network's own; `weights`: what training starts from, None for the network's default; `optimiser`: as
    `OptimPlan.name`; `loss`: as `LossSpec.mix`.

        >>> mw.Request(minutes=5, net="fcn8s-lite0").optimiser
        'adamw'
    """

    minutes: float = 10.0
    net: str = "unet"
    encoder: str | None = None
    weights: str | None = None
    optimiser: OptimizerName = "adamw"
    loss: str = "ce + dice"


@dataclass(frozen=True)
class ScalePlan:
    """The size of photos and crops.

    `long_side_px`: photos are resized to this long side, the working scale.
    `crop_px`: the side of the square that a training step sees.
    `zoom_low`: the smallest zoom of a training crop, relative to the working scale.
    `zoom_high`: the largest zoom of a training crop.
    """

    long_side_px: Annotated[int, Ge(32), Le(16384)]
    crop_px: Annotated[int, Ge(32), Le(2048), MultipleOf(32)]
    zoom_low: Zoom
    zoom_high: Zoom


@dataclass(frozen=True)
class AugmentPlan:
    """How much a training crop is changed; 0 and false switch a step off.

    `flip_x`: mirror left and right.
    `flip_y`: mirror top and bottom.
    `rotate_deg`: the largest rotation, in degrees.
    `perspective`: how strongly crops are stretched and tilted.
    `elastic`: elastic bending: the deviation of the offsets, as a share of a 25th of the crop.
    `colour`: how much brightness, contrast and colour change.
    `blur`: the probability of a blur.
    `noise`: the probability of noise.
    `elastic_grid`: offsets are drawn at so many places a side; 3 in the U-Net paper.
    `elastic_px`: the deviation of the offsets in pixels, if not 0, instead of `elastic`; 10 in the U-Net paper.
    `clahe`: the probability of equalising the contrast of each neighbourhood (CLAHE).
    `sharpen`: the probability of sharpening.
    `motion_blur`: the probability of a blur along a line.
    `hue`: the probability of turning the hue and changing the saturation.
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
    clahe: Share = 0.0
    sharpen: Share = 0.0
    motion_blur: Share = 0.0
    hue: Share = 0.0


@dataclass(frozen=True)
class OptimPlan:
    """The optimizer, its schedule and the length of the training.

    `name`: the optimizer.
    `schedule`: how the learning rates change over the steps.
    `minutes`: the wall-clock of one training.
    `steps`: the number of steps; 0: as many as fit into the minutes, estimated again at each validation.
    `batch`: crops in a step.
    `lr_encoder`: the learning rate of the encoder.
    `lr_decoder`: the learning rate of the decoder.
    `weight_decay`: the weight decay.
    `ema`: the decay of the moving average of the weights, which is the model that is kept.
    `precision`: the floating-point format of the network's activations.
    `rescue`: apply the first fix automatically when training goes wrong.
    `momentum`: the momentum of SGD.
    `bias_rate`: a factor on the learning rate of biases.
    `epoch_decay`: of the schedule "exponential": the factor on the rates after each epoch; 0.995 in the Tiramisu paper.
    """

    name: OptimizerName
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
    epoch_decay: Annotated[float, Gt(0.0), Le(1.0)] = 0.995


@dataclass(frozen=True)
class SamplingPlan:
    """Which photos and which places of them the training crops show.

    `object_share`: the share of crops that are placed on an object; the others are placed at random.
    `inner_until`: the share of the steps after which the inner validation photos are trained on too.
    `inner_photos`: how many of them a validation uses; 0: all, or as many as a twentieth of the minutes allows. The
    last validation uses up to six times as many.
    `centred_until`: until this share of the steps a crop shows one object, centred; the others are background.
    `class_share`: the share of crops that are drawn by class: each class as often, then any photo that shows it.
    """

    object_share: Share
    inner_until: Share
    inner_photos: Annotated[int, Ge(0)]
    centred_until: Share = 0.0
    class_share: Share = 0.0


@dataclass(frozen=True)
class PredictPlan:
    """How a trained network is applied to a photo.

    `zooms`: the logits are averaged over these multiples of the working scale.
    `flip`: average the mirrored photo too.
    `one_object`: keep only the largest patch.
    `windows`: "tiles" blends windows of one scale. "grid" takes the maximum over the whole photo, its halves and its
    quarters, each resized to a crop. "objects" takes it over the whole photo and windows around its patches.
    `least_patch`: smaller patches become background; a share of the squared long side, 0: none.
    `least_totals`: a class that covers less of a photo becomes background there; shares of the squared long side, one
    for each class id; empty: no class.
    """

    zooms: Annotated[tuple[Zoom, ...], Len(1, 8)]
    flip: bool
    one_object: bool
    windows: Literal["tiles", "grid", "objects"] = "tiles"
    least_patch: Annotated[float, Ge(0), Le(1)] = 0.0
    least_totals: Annotated[tuple[Share, ...], Len(0, 255)] = ()


FITTED = "as many as fit into the minutes"
"""The reason of a number of steps that was measured, with the seconds of a step behind it."""


@dataclass(frozen=True)
class Plan:
    """All settings of a training; `why` gives the reason for each, as in `plan.why["scale.crop_px"]`.

    >>> plan = mw.make_plan(mw.measure(mw.open_dataset("photos")), mw.this_machine())
    >>> plan.net.name, plan.loss.mix
    ('unet', 'ce + dice')
    """

    scale: ScalePlan
    net: NetworkSpec
    augment: AugmentPlan
    loss: LossSpec
    optim: OptimPlan
    sampling: SamplingPlan
    predict: PredictPlan
    why: Mapping[str, str] = field(default_factory=dict)

    @property
    def steps_are_fitted(self) -> bool:
        """True where the number of steps was measured to fit into the minutes, not given."""
        return self.why.get("optim.steps", "").startswith(FITTED)


PLAN_SECTIONS: Mapping[str, type] = {
    "scale": ScalePlan,
    "net": NetworkSpec,
    "augment": AugmentPlan,
    "loss": LossSpec,
    "optim": OptimPlan,
    "sampling": SamplingPlan,
    "predict": PredictPlan,
}
"""The dataclass of each section of plan.toml."""
