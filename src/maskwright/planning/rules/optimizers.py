"""The optimizer: the usual rate, decay and schedule of each, their sources, and the batch."""

from dataclasses import dataclass

from maskwright.models.catalogue import Network
from maskwright.planning.machine import Machine
from maskwright.planning.plan import OptimizerName, OptimPlan, Request, ScheduleName
from maskwright.planning.rules.reasons import Why

GPU_BATCHES = ((16, 9.5), (8, 4.75), (4, 0.0))
"""Crops of 512 px in a batch, and the GB of a GPU's memory that they need; heavy networks take half of them."""
CPU_BATCH = 4


@dataclass(frozen=True)
class Usual:
    """What is usual with an optimizer; `lr` is the rate of fresh layers, pretrained ones take a tenth of it."""

    lr: float
    lr_reason: str
    weight_decay: float
    decay_reason: str
    schedule: ScheduleName
    schedule_reason: str


USUAL: dict[OptimizerName, Usual] = {
    "adamw": Usual(
        lr=3e-3,
        lr_reason="AdamW's usual rate for a fresh decoder",
        weight_decay=1e-2,
        decay_reason="AdamW's usual decay",
        schedule="one-cycle",
        schedule_reason="rises, then falls to almost 0: the most from a fixed number of steps",
    ),
    "adam": Usual(
        lr=1e-3,
        lr_reason="the rate of Adam's paper, Kingma and Ba 2015",
        weight_decay=0.0,
        decay_reason="Adam's paper uses none",
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
        decay_reason="the decay of the Tiramisu",
        schedule="constant",
        schedule_reason="RMSprop scales its own steps",
    ),
}


def optim_for(request: Request, network: Network, machine: Machine, why: Why) -> OptimPlan:
    """Return the optimizer, its rates, batch and precision; the reasons go into `why`."""
    usual = USUAL[request.optimiser]
    adapted = network.lr if request.optimiser == "adamw" else None
    lr = usual_rate(request.optimiser, network)
    weights = request.weights or network.weights
    together = weights == "random" or (weights == "auto" and adapted is not None)
    batch = _gpu_batch(machine, network) if machine.gpu else CPU_BATCH
    why["optim.name"] = "works with many learning rates" if request.optimiser == "adamw" else "as asked for"
    why["optim.schedule"] = usual.schedule_reason
    why["optim.minutes"] = f"the wall-clock asked for: {request.minutes:g}"
    why["optim.steps"] = "0: as many as fit into the minutes, measured during training"
    why["optim.batch"] = f"{batch}: {_why_batch(machine)}"
    why["optim.lr_encoder"] = (
        "that of the decoder: random weights have as far to go"
        if together
        else "a tenth of the decoder's: pretrained weights change less"
    )
    why["optim.lr_decoder"] = "what suits this network from scratch with AdamW" if adapted else usual.lr_reason
    why["optim.weight_decay"] = usual.decay_reason
    why["optim.momentum"] = "of SGD only: usual, and in most papers; FCN's published code has 0.99"
    why["optim.bias_rate"] = "1: biases learn at the rate of the weights; FCN's authors double it, 2"
    why["optim.epoch_decay"] = "of the exponential schedule only: 0.995 an epoch, Jegou et al. 2017, the Tiramisu"
    why["optim.ema"] = "averages the last hundred steps"
    why["optim.rescue"] = "off: what the guards find is reported; --set rescue=true applies the first fix"
    why["optim.precision"] = (
        "bf16: this machine computes it directly" if machine.bf16 else "fp32: bf16 would be emulated here"
    )
    return OptimPlan(
        name=request.optimiser,
        schedule=usual.schedule,
        minutes=request.minutes,
        steps=0,
        batch=batch,
        lr_encoder=lr if together else round(lr / 10, 9),
        lr_decoder=lr,
        weight_decay=usual.weight_decay,
        ema=0.99,
        precision="bf16-mixed" if machine.bf16 else "32-true",
    )


def usual_rate(optimizer: OptimizerName, network: Network) -> float:
    """Return the learning rate of fresh layers: the network's own with AdamW, else the optimizer's usual one."""
    adapted = network.lr if optimizer == "adamw" else None
    return adapted or USUAL[optimizer].lr


def _why_batch(machine: Machine) -> str:
    if machine.gpu:
        return f"what {machine.gpu_memory_gb:g} GB of a GPU should hold"
    return "many small steps make the most of a CPU"


def _gpu_batch(machine: Machine, network: Network) -> int:
    batch = next(count for count, least_gb in GPU_BATCHES if machine.gpu_memory_gb >= least_gb)
    return batch // 2 if network.cpu_crop_px < Network.cpu_crop_px else batch
