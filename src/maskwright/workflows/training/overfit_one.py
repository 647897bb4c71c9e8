"""Overfit one photo as a sanity check: a model that cannot learn one photo cannot learn many."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from maskwright.datasets.dataset import Dataset, pick
from maskwright.datasets.splitting.split import Parts
from maskwright.evaluation import metrics
from maskwright.evaluation.evaluate import evaluate
from maskwright.findings.finding import Finding, make_finding
from maskwright.imaging.mask_geometry import reduced_size_hw
from maskwright.planning.plan import Plan
from maskwright.planning.rules.network import FROZEN_STAGES
from maskwright.training.augmentation.geometry import unchanged
from maskwright.training.optimizer import set_rate
from maskwright.training.state import TrainingState, averaged, batches, set_up
from maskwright.training.step import take_step

BUDGET_S = 45.0
LEARNED_IOU = 0.75
"""Trained on nothing else, the planned networks reach 0.9 and more on photos whose masks can be learned."""
DONE_IOU = 0.95
VALIDATIONS = 5
"""So many times during the budget the photo is scored."""
FEWEST_STEPS = 40
MOST_STEPS = 100_000
MASK_PX = 512
"""Long side of the masks in which objects are counted."""


@dataclass(frozen=True)
class Overfit:
    """What training on `photo` alone reached: its IoU at `long_side_px`, and that of one constant class."""

    photo: str
    iou: float
    constant_iou: float
    steps: int
    seconds: float
    long_side_px: int

    @property
    def learned(self) -> bool:
        """True if the photo was learned."""
        return self.iou >= LEARNED_IOU

    @property
    def answer(self) -> str:
        """Return yes, no, or that there were too few steps to tell."""
        if self.learned:
            return "yes"
        return "no" if self.steps >= FEWEST_STEPS else f"{self.steps} steps are too few to tell"


@dataclass(frozen=True)
class Attempt:
    """Progress: seconds of the budget used, steps taken, the loss, and the IoU where it was just measured."""

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
    """Train the planned network on the photo of `dataset` richest in objects, for at most `budget_s` seconds.

    Stops early once the IoU passes 0.95. Scale, loss and learning rates are the plan's; augmentation, zoom and the
    schedule of the learning rate are off. The plan's number of steps is a limit too.
    """
    started = time.monotonic()
    photo = richest_photo(dataset)
    state = set_up(Parts(pick(dataset, [photo]), None, (), ()), _plain(plan), seed)
    steps, iou, constant, scoring_s, next_s = 0, 0.0, 0.0, 0.0, budget_s / VALIDATIONS
    most = plan.optim.steps or MOST_STEPS
    for step, batch in enumerate(batches(state, range(most))):
        set_rate(state.optimizer, state.plan.optim, step, photos=1)
        taken = take_step(state, batch, step)
        steps, seconds = step + 1, time.monotonic() - started
        last = steps == most or seconds + scoring_s + 2 * seconds / steps > budget_s
        latest = None
        if last or seconds >= next_s:
            iou, constant = _scored(state)
            latest, scoring_s = iou, time.monotonic() - started - seconds
            next_s += budget_s / VALIDATIONS
        if on_progress is not None:
            on_progress(Attempt(time.monotonic() - started, steps, taken.loss, latest))
        if last or iou >= DONE_IOU:
            break
    return Overfit(photo, iou, constant, steps, time.monotonic() - started, plan.scale.long_side_px)


def richest_photo(dataset: Dataset) -> str:
    """Return the annotated photo with the most object classes, and among those with the most object pixels."""
    counted: list[tuple[int, float, str]] = []
    for sample in dataset.samples:
        if sample.truth is not None and sample.size_hw is not None:
            mask = dataset.mask(sample, size_hw=reduced_size_hw(sample.size_hw, MASK_PX))
            shares = [float((mask == c).mean()) for c in dataset.classes.scored]
            # A mask that is all object teaches nothing: half of the photo is the most that counts.
            counted.append((sum(share > 0 for share in shares), min(sum(shares), 0.5), sample.name))
    return max(counted)[2]


def _plain(plan: Plan) -> Plan:
    """Return the plan without anything that hinders overfitting."""
    return replace(
        plan,
        augment=unchanged(plan.augment),
        scale=replace(plan.scale, zoom_low=1.0, zoom_high=1.0),
        net=replace(plan.net, frozen_stages=min(plan.net.frozen_stages, FROZEN_STAGES)),
        optim=replace(plan.optim, steps=MOST_STEPS, schedule="constant", ema=0.9),
        sampling=replace(plan.sampling, centred_until=0.0),
    )


def _scored(state: TrainingState) -> tuple[float, float]:
    evaluation = evaluate(averaged(state), state.parts.train, long_side_px=state.plan.scale.long_side_px)
    constant = metrics.constant_mean_iou(evaluation.counts, evaluation.classes.scored)
    return float(np.nan_to_num(evaluation.dataset_iou)), constant


def overfit_findings(result: Overfit) -> list[Finding]:
    """Return a finding if the photo was not learned: an error, or a note if the machine was too slow to tell."""
    if result.learned:
        return []
    evidence = (
        f"IoU {result.iou:.3f} on {result.photo} after {result.steps} steps on nothing else ({result.seconds:.0f} s); "
        f"one constant class scores {result.constant_iou:.3f}, and learnable masks pass {LEARNED_IOU:g}"
    )
    if result.steps < FEWEST_STEPS:
        return [make_finding("cannot-learn", evidence, variant="too-slow")]
    return [make_finding("cannot-learn", evidence, values={"scale": 2 * result.long_side_px})]
