"""A plan small enough for tests (seconds of training, random weights unless a test asks for others), and its parts."""

from dataclasses import replace

from maskwright.datasets.dataset import Dataset, pick
from maskwright.datasets.fingerprint import measure
from maskwright.datasets.splitting.split import Parts
from maskwright.planning.machine import Machine
from maskwright.planning.make_plan import make_plan
from maskwright.planning.plan import Plan, Request

CPU = Machine(cores=2, gpu=None, gpu_memory_gb=0.0, bf16=False, system="a test")


def small_plan(dataset: Dataset, *, steps: int = 12, long_side_px: int = 96) -> Plan:
    """Return the rules' plan, made small: 64-px crops, two a batch, a fixed number of steps, fp32."""
    plan = make_plan(measure(dataset), CPU, Request())
    return replace(
        plan,
        scale=replace(plan.scale, long_side_px=long_side_px, crop_px=64),
        net=replace(plan.net, decoder_channels=(32, 16, 16, 8, 8), weights="random"),
        optim=replace(plan.optim, steps=steps, batch=2, precision="32-true"),
        predict=replace(plan.predict, zooms=(1.0,)),
    )


def parts_of(dataset: Dataset, *, test: int = 2, inner: int = 2) -> Parts:
    """Return the first photos held out, the next for inner validation."""
    names = [sample.name for sample in dataset.samples]
    train_set, test_set = pick(dataset, names[test:]), pick(dataset, names[:test])
    return Parts(train_set, test_set, tuple(names[test : test + inner]), ("by hand",))
