"""Guards: pure functions that read a training's record and report early what goes wrong.

They know the record only, which is saved with the run. A resumed run is therefore judged as an uninterrupted one.
"""

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import replace

from maskwright.findings.finding import Finding, make_finding
from maskwright.training.health.probes import TINY_BATCH, Probe
from maskwright.training.health.record import Record

GUARDED = (
    "loss-not-finite",
    "lr-too-high",
    "lr-too-low",
    "grad-dead",
    "grad-exploding",
    "bn-tiny-batch",
    "training-collapse",
    "val-below-constant",
    "rescued",
)
"""Codes that a training itself writes into findings.json."""
WINDOW = 10
"""Losses of single steps are noisy; means over windows of ten are compared."""
FIRST_STEPS = 25
"""The guards report nothing before this many steps."""
USUAL_STEP = 1e-3
"""Share of the weights' length by which the rules' rates move them in one step."""
TOO_FAR = 0.02
"""A step longer than this share of the weights is too long. Measured at the peak rate on six datasets: the rules'
rates give 0.001; ten times those 0.008 (still learns); a hundred times 0.05 (does not)."""
FAR_WHILE_LEARNING = 0.05
"""The same while the loss falls: a rate that learns is not blamed for steps that are merely long."""
TOO_SHORT = 3e-4
"""A step shorter than this share of the weights in every group is too short. Measured: the rules' rates give 0.025,
a thousandth of them 3e-5."""
FLAT = 0.05
"""A loss that fell by less than this share counts as unchanged."""
BLOWN_UP = 1.5
"""A loss above this multiple of its best window has diverged."""
EXPLODING = 100.0
"""Norm of all gradients before clipping (at 5). Healthy runs have 0.1 to 4."""
GAP = 0.1
"""Share of pixels whose class depends on the other photos of the batch. Batches of 4 have 0.00 to 0.06."""


def run_guards(record: Record) -> list[Finding]:
    """Return the findings about the training so far, causes before consequences."""
    if len(record.losses) < FIRST_STEPS:
        return []
    dead = list(_dead(record))
    # Without gradients no rate changes anything, and a rate that is the plan's own is no user's mistake.
    rates = (_rate_too_high,) if dead or record.own_rates else (_rate_too_high, _rate_too_low)
    later = (_exploding, _tiny_batch, _collapse, _below_constant)
    first, last = ([finding for check in checks for finding in check(record)] for checks in (rates, later))
    return [*first, *dead, *last]


def settled(raised: Sequence[Finding], standing: Sequence[Finding]) -> list[Finding]:
    """Return the findings to keep at the end: those that still hold, and as notes those that have passed."""
    codes = {finding.code for finding in standing}
    warned = {f.code: f for f in raised if f.severity == "warning" and f.code not in codes}
    passed = [replace(f, severity="note", title=f"{f.title}; it passed") for f in warned.values()]
    notes = [f for f in raised if f.severity != "warning" and f.code not in codes]
    return [*standing, *notes, *passed]


def _mean(values: Sequence[float]) -> float:
    return statistics.fmean(values)


def _windows(record: Record) -> tuple[float, float, float]:
    """Return the mean loss of the first window, of the best, and of the latest."""
    losses = record.losses
    means = [_mean(losses[i : i + WINDOW]) for i in range(0, len(losses) - WINDOW + 1, WINDOW // 2)]
    return means[0], min(means), _mean(losses[-WINDOW:])


def _at_full_rate(record: Record) -> list[Probe]:
    return [probe for probe in record.probes if probe.rate_share >= 0.5]


def _rates(record: Record, factor: float) -> dict[str, object]:
    """Return the learning rates to set, for the fix of a finding."""
    return {"decoder": record.lr_decoder * factor, "encoder": record.lr_encoder * factor}


def _rate_too_high(record: Record) -> Iterator[Finding]:
    """The steps are far too long for the weights, or the loss rose for good from what it had reached.

    The plan's own rates are named only where the loss rose.
    """
    first, best, latest = _windows(record)
    updates = [probe.moved["all"] for probe in _at_full_rate(record)]
    longest = max(updates, default=0.0)
    noise = statistics.stdev(record.losses[-2 * WINDOW :]) * math.sqrt(2 / WINDOW)
    blown_up = latest > BLOWN_UP * best and latest > first + 3 * noise
    too_far = FAR_WHILE_LEARNING if latest < (1 - FLAT) * first else TOO_FAR
    if not blown_up and (longest <= too_far or record.own_rates):
        return
    usual = f"(usual: about 0.1 %, up to {TOO_FAR:.0%})"
    how = f"one step moves the weights by up to {longest:.1%} of their length {usual}" if updates else ""
    loss = f"the loss went from {first:.3g} over {best:.3g} to {latest:.3g} by step {record.step}"
    evidence = "; ".join(part for part in (how, loss) if part)
    if record.own_rates:
        yield make_finding("lr-too-high", evidence, variant="plan")
    else:
        divisor = _tens(longest / USUAL_STEP)
        values = {"divisor": divisor, **_rates(record, 1 / divisor)}
        yield make_finding("lr-too-high", evidence, values=values, variant="guard")


def _tens(factor: float) -> int:
    """Return the power of ten nearest to a factor, at least 10."""
    return int(10 ** max(1, round(math.log10(max(factor, 1.0)))))


def _rate_too_low(record: Record) -> Iterator[Finding]:
    """Neither the loss nor the weights change."""
    probes = _at_full_rate(record)
    if len(probes) < 2 or any(not probe.moved for probe in probes):
        return
    first, _, latest = _windows(record)
    longest = max(max(probe.moved.values()) for probe in probes)
    if longest >= TOO_SHORT or latest < (1 - FLAT) * first or longest == 0:
        return
    usual = f"(usual: about 0.1 %, up to {TOO_FAR:.0%})"
    evidence = (
        f"one step moves no layer group by more than {longest:.1e} of its length {usual}; "
        f"the loss went from {first:.3g} to {latest:.3g} in {len(record.losses)} steps"
    )
    yield make_finding("lr-too-low", evidence, values=_rates(record, 100), variant="guard")


def _dead(record: Record) -> Iterator[Finding]:
    """A trainable layer group gets no gradient at all."""
    probes = record.probes[-3:]
    if len(probes) < 2:
        return
    groups = [name for name in probes[0].gradients if name != "all"]
    dead = [name for name in groups if all(probe.gradients[name] == 0 for probe in probes)]
    if not dead:
        return
    steps = ", ".join(str(probe.step + 1) for probe in probes)
    yield make_finding("grad-dead", f"{', '.join(dead)}: the gradients are exactly zero at steps {steps}")


def _exploding(record: Record) -> Iterator[Finding]:
    norms = [probe.gradients["all"] for probe in record.probes]
    if len(norms) < 3 or statistics.median(norms[-5:]) <= EXPLODING:
        return
    by_group = [(norm, name) for name, norm in record.probes[-1].gradients.items() if name != "all"]
    evidence = (
        f"their length is {statistics.median(norms[-5:]):.3g} before clipping, the largest in {max(by_group)[1]} "
        f"(usual: 0.1 to 5); {len(record.skipped)} steps were skipped"
    )
    yield make_finding("grad-exploding", evidence, values=_rates(record, 0.5), variant="guard")


def _tiny_batch(record: Record) -> Iterator[Finding]:
    """BatchNorm trains with statistics of two or three photos, and predicts with other ones."""
    if record.batch >= TINY_BATCH or len(record.gaps) < 2:
        return
    share = _mean([gap.share for gap in record.gaps[-2:]])
    if share <= GAP:
        return
    evidence = (
        f"batches of {record.batch}: with running statistics instead of the batch's own, {share:.0%} of the pixels of "
        "a training batch change their class"
    )
    yield make_finding("bn-tiny-batch", evidence, values={"batch": TINY_BATCH})


def _collapse(record: Record) -> Iterator[Finding]:
    """The network predicts one class, batch after batch, though the batches show several."""
    probes = [probe for probe in record.probes[-4:] if probe.truth_classes > 1]
    probed = len(probes) >= 3 and all(probe.predicted_classes == 1 for probe in probes)
    validated = [v.only_class for v in record.validations[-2:]]
    if not record.is_late or not (probed or (len(validated) == 2 and all(validated))):
        return
    only = next((name for name in reversed(validated) if name), "")
    where = f"the last {len(probes)} probes, up to step {probes[-1].step + 1}" if probed else "the last two validations"
    named = f"{only}: " if only else ""
    yield make_finding("training-collapse", f"{named}at {where}, every pixel got one class, and the masks show more")


def _below_constant(record: Record) -> Iterator[Finding]:
    """Two validations in a row are no better than the best constant class."""
    last = record.validations[-2:]
    if len(last) < 2 or not record.is_late:
        return
    if any(math.isnan(v.iou) or math.isnan(v.constant_iou) or v.iou > v.constant_iou for v in last):
        return
    evidence = (
        f"IoU {last[-1].iou:.3f} at step {last[-1].step}, {last[0].iou:.3f} before; "
        f"the best single class everywhere scores {last[-1].constant_iou:.3f}"
    )
    yield make_finding("val-below-constant", evidence)
