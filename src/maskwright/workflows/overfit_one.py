"""Can the model learn one photo? If it cannot, nothing else matters."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from maskwright.datasets.dataset import Dataset, pick
from maskwright.datasets.split import Parts
from maskwright.evaluation import metrics
from maskwright.evaluation.evaluate import evaluate
from maskwright.findings.finding import Finding
from maskwright.imaging.photos import reduced_size_hw
from maskwright.planning.network import FROZEN_STAGES
from maskwright.planning.plan import Plan
from maskwright.training.augment import unchanged
from maskwright.training.optimizer import set_rate
from maskwright.training.state import TrainingState, averaged, batches, set_up
from maskwright.training.step import take_step

BUDGET_S = 45.0
LEARNT_IOU = 0.75
"""Trained on nothing else, the planned nets reach 0.9 and more on photos whose masks can be learnt."""
DONE_IOU = 0.95
LOOKS = 5
FEWEST_STEPS = 40
MOST_STEPS = 100_000
LOOKED_AT_PX = 512


@dataclass(frozen=True)
class Overfit:
    """What training on `photo` alone reached: its IoU at the working scale, and that of one constant class."""

    photo: str
    iou: float
    constant_iou: float
    steps: int
    seconds: float

    @property
    def learnt(self) -> bool:
        """True where the photo was learnt."""
        return self.iou >= LEARNT_IOU

    @property
    def answer(self) -> str:
        """Yes, no, or that too few steps were taken to tell."""
        if self.learnt:
            return "yes"
        return "no" if self.steps >= FEWEST_STEPS else f"{self.steps} steps are too few to tell"


@dataclass(frozen=True)
class Attempt:
    """Where the trial stands: seconds of the budget gone, steps taken, the loss, and the latest IoU if there is one."""

    seconds: float
    steps: int
    loss: float
    iou: float | None


def overfit(
    dataset: Dataset,
    plan: Plan,
    *,
    budget_s: float = BUDGET_S,
    seed: int = 0,
    on_progress: Callable[[Attempt], None] | None = None,
) -> Overfit:
    """Train the planned net on the photo of `dataset` richest in objects, unchanged, for at most `budget_s` seconds.

    Stops early where IoU passes 0.95. The scale, loss and rates are the plan's; augmentation, zoom and the
    schedule of the rate are switched off. Steps that the plan gives are a limit too.
    """
    started = time.monotonic()
    one = pick(dataset, [richest_photo(dataset)])
    state = set_up(Parts(one, None, (), ()), _plain(plan), seed)
    steps, iou, constant, looked_s, next_look = 0, 0.0, 0.0, 0.0, budget_s / LOOKS
    most = plan.optim.steps or MOST_STEPS
    for step, batch in enumerate(batches(state, range(most))):
        set_rate(state.optimizer, state.plan.optim, step)
        taken = take_step(state, batch, step)
        steps, seconds = step + 1, time.monotonic() - started
        last = steps == most or seconds + looked_s + 2 * seconds / steps > budget_s
        latest = None
        if last or seconds >= next_look:
            iou, constant = _look(state)
            latest, looked_s = iou, time.monotonic() - started - seconds
            next_look += budget_s / LOOKS
        if on_progress is not None:
            on_progress(Attempt(time.monotonic() - started, steps, taken.loss, latest))
        if last or iou >= DONE_IOU:
            break
    return Overfit(one.samples[0].name, iou, constant, steps, time.monotonic() - started)


def richest_photo(dataset: Dataset) -> str:
    """Return the annotated photo that shows the most object classes, of those the one with the most object pixels."""
    found: list[tuple[int, float, str]] = []
    for sample in dataset.samples:
        if sample.truth is not None and sample.size_hw is not None:
            mask = dataset.mask(sample, size_hw=reduced_size_hw(sample.size_hw, LOOKED_AT_PX))
            shares = [float((mask == c).mean()) for c in dataset.classes.scored]
            # A mask that is all object teaches nothing: half of the photo is the most that counts.
            found.append((sum(share > 0 for share in shares), min(sum(shares), 0.5), sample.name))
    return max(found)[2]


def _plain(plan: Plan) -> Plan:
    """Return the plan without anything that hinders learning by heart."""
    return replace(
        plan,
        augment=unchanged(plan.augment),
        scale=replace(plan.scale, zoom_low=1.0, zoom_high=1.0),
        net=replace(plan.net, frozen_stages=min(plan.net.frozen_stages, FROZEN_STAGES)),
        optim=replace(plan.optim, steps=MOST_STEPS, schedule="constant", ema=0.9),
        sampling=replace(plan.sampling, centred_until=0.0),
    )


def _look(state: TrainingState) -> tuple[float, float]:
    evaluation = evaluate(averaged(state), state.parts.train, long_side_px=state.plan.scale.long_side_px)
    constant = metrics.constant_mean_iou(evaluation.counts, evaluation.classes.scored)
    return float(np.nan_to_num(evaluation.dataset_iou)), constant


def overfit_findings(result: Overfit) -> list[Finding]:
    """Return a finding where the photo was not learnt; an error unless the machine was too slow to tell."""
    if result.learnt:
        return []
    evidence = (
        f"IoU {result.iou:.3f} on {result.photo} after {result.steps} steps on nothing else "
        f"({result.seconds:.0f} s); one "
        f"constant class gives {result.constant_iou:.3f}, and {LEARNT_IOU:g} is passed where masks can be learnt"
    )
    if result.steps < FEWEST_STEPS:
        title = "The machine was too slow to tell whether one photo can be learnt"
        fix = "close other programs and run it again, or plan smaller crops: --set scale.crop_px=192"
        return [Finding("cannot-learn", "note", title, evidence, fix)]
    mechanism = (
        "A network with millions of weights learns one photo by heart, even with random truth, unless "
        "something is broken. "
        "The mask does not belong to the photo, its objects are lost at the working scale, or loss and rates "
        "do not fit."
    )
    fix = (
        "look at this photo and its mask (`maskwright check DATA --sheet sheet.png`); then try --set "
        "scale.long_side_px=... "
        "larger, --set optim.lr_decoder=1e-3, and the default loss"
    )
    return [Finding("cannot-learn", "error", "The model cannot learn even one photo", evidence, fix, (), mechanism)]
