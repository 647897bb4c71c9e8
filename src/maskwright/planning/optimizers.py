"""What is usual with each optimiser: its rate, decay and schedule, and where they come from."""

from dataclasses import dataclass

from maskwright.planning.plan import OptimiserName, ScheduleName


@dataclass(frozen=True)
class Usual:
    """`lr`: the rate of fresh layers; pretrained ones take a tenth of it."""

    lr: float
    lr_reason: str
    weight_decay: float
    decay_reason: str
    schedule: ScheduleName
    schedule_reason: str


USUAL: dict[OptimiserName, Usual] = {
    "adamw": Usual(
        lr=3e-3,
        lr_reason="AdamW's usual rate for a fresh decoder",
        weight_decay=1e-2,
        decay_reason="AdamW's usual decay",
        schedule="one-cycle",
        schedule_reason="rises, then falls to nearly nothing: the most from a fixed number of steps",
    ),
    "adam": Usual(
        lr=1e-3,
        lr_reason="the rate of Adam's paper, Kingma and Ba 2015",
        weight_decay=0.0,
        decay_reason="Adam's paper has none",
        schedule="step",
        schedule_reason="a tenth of the rate for the last quarter",
    ),
    "sgd": Usual(
        lr=1e-2,
        lr_reason="the usual rate with momentum 0.9 and a polynomial fall, Chen et al. 2017, DeepLabv3",
        weight_decay=5e-4,
        decay_reason="usual with SGD, Simonyan and Zisserman 2015, VGG",
        schedule="poly",
        schedule_reason="falls as (1 - step/steps)^0.9, Chen et al. 2017, DeepLabv3",
    ),
    "rmsprop": Usual(
        lr=1e-3,
        lr_reason="the rate of the Tiramisu, Jegou et al. 2017, and of Keras",
        weight_decay=1e-4,
        decay_reason="that of the Tiramisu",
        schedule="constant",
        schedule_reason="RMSprop scales its own steps",
    ),
}
