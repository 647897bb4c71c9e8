"""Guards: pure watchers of a training that is going on. They read a record and say what is wrong with it, early.

The loop feeds the record: each step's loss, a look at some steps (see pulse.py), each validation. Nothing here
touches the network, and everything that a guard knows is saved with the run, so that a resumed run is judged alike.
"""

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from maskwright.findings.finding import Finding
from maskwright.training.health.probes import TINY_BATCH, Look

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
"""Codes that a training adds to findings.json by itself."""
WINDOW = 10
"""Losses of single steps are noisy: windows of ten are compared."""
FIRST_WORD = 25
"""No guard speaks before this many steps, those of broken numbers aside."""
TOO_FAR = 0.02
"""A step longer than this share of the weights. Measured at the peak of the rate over six sets: the rules' rates
0.001, ten times those 0.008 (still learns), a hundred times 0.05 (does not)."""
TOO_SHORT = 3e-4
"""A step shorter than this share of the weights in every group; measured: rules 0.025, a thousandth of them 3e-5."""
FLAT = 0.05
"""The loss has not moved where it fell by less than this share."""
BLOWN_UP = 1.5
EXPLODING = 100.0
"""Norm of all gradients before clipping (at 5); measured in healthy runs: 0.1 to 4."""
GAP = 0.1
"""Share of pixels whose class hangs on who else is in the batch; measured with batches of 4: 0.00 to 0.06."""
LATE = 0.4
"""By this share of the steps a training should have left the constant answers behind."""


@dataclass(frozen=True)
class Validation:
    """One validation: its mean IoU and that of the best constant class.

    `only_class` is the one class that was predicted where the truth shows several, else "".
    """

    step: int
    iou: float
    constant_iou: float
    only_class: str


@dataclass(frozen=True)
class Gap:
    """How much the answers for a batch change with running statistics: a share of its pixels."""

    step: int
    share: float


@dataclass
class Record:
    """What the guards have seen since the step `since`, where the training began or was last rescued."""

    steps: int
    batch: int
    since: int = 0
    losses: list[float] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    validations: list[Validation] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)

    @property
    def step(self) -> int:
        """The number of steps taken so far."""
        return self.since + len(self.losses)

    @property
    def is_late(self) -> bool:
        """Tell whether constant answers can no longer be put down to the beginning."""
        return len(self.losses) >= LATE * (self.steps - self.since)


def record_as_tree(record: Record) -> dict[str, Any]:
    """Return the record as plain values, to be saved with the run."""
    return asdict(record)


def record_from_tree(tree: dict[str, Any]) -> Record:
    """Return the record that `record_as_tree` made."""
    return Record(
        **{
            **tree,
            "looks": [Look(**look) for look in tree["looks"]],
            "validations": [Validation(**one) for one in tree["validations"]],
            "gaps": [Gap(**gap) for gap in tree["gaps"]],
        }
    )


def guard(record: Record) -> list[Finding]:
    """Return what is wrong with the training so far, causes before consequences."""
    if len(record.losses) < FIRST_WORD:
        return []
    dead = list(_dead(record))
    rates = (_rate_too_high,) if dead else (_rate_too_high, _rate_too_low)  # without gradients no rate moves anything
    later = (_exploding, _tiny_batch, _collapse, _below_constant)
    first, last = ([finding for watcher in watchers for finding in watcher(record)] for watchers in (rates, later))
    return [*first, *dead, *last]


def settled(raised: Sequence[Finding], standing: Sequence[Finding]) -> list[Finding]:
    """Return what to keep at the end: what still holds as it is, what has passed as a note, once a code."""
    codes = {finding.code for finding in standing}
    warned = {f.code: f for f in raised if f.severity == "warning" and f.code not in codes}
    gone = [replace(f, severity="note", title=f"{f.title}; it passed") for f in warned.values()]
    kept = [f for f in raised if f.severity != "warning" and f.code not in codes]
    return [*standing, *kept, *gone]


def _mean(values: Sequence[float]) -> float:
    return statistics.fmean(values)


def _windows(record: Record) -> tuple[float, float, float]:
    """Return the mean loss of the first window, of the best, and of the latest."""
    losses = record.losses
    means = [_mean(losses[i : i + WINDOW]) for i in range(0, len(losses) - WINDOW + 1, WINDOW // 2)]
    return means[0], min(means), _mean(losses[-WINDOW:])


def _at_full_rate(record: Record) -> list[Look]:
    return [look for look in record.looks if look.rate_share >= 0.5]


def _rate_too_high(record: Record) -> Iterator[Finding]:
    """The steps are far too long for the weights, or the loss left what it had reached for good."""
    first, best, latest = _windows(record)
    far = [look.moved["all"] for look in _at_full_rate(record)]
    longest = max(far, default=0.0)
    noise = statistics.stdev(record.losses[-2 * WINDOW :]) * math.sqrt(2 / WINDOW)
    blown_up = latest > BLOWN_UP * best and latest > first + 3 * noise
    if longest <= TOO_FAR and not blown_up:
        return
    how = f"one step moves the weights by up to {longest:.1%} of their length" if far else ""
    loss = f"the loss went from {first:.3g} over {best:.3g} to {latest:.3g} by step {record.step}"
    yield Finding(
        "lr-too-high",
        "warning",
        "the learning rate is too high",
        "; ".join(part for part in (how, loss) if part) + f" (usual: about 0.1 %, up to {TOO_FAR:.0%})",
        "divide the rates by ten: --set optim.lr_decoder=... --set optim.lr_encoder=..., or --set rescue=true",
    )


def _rate_too_low(record: Record) -> Iterator[Finding]:
    """The loss does not move, and neither do the weights."""
    looks = _at_full_rate(record)
    if len(looks) < 2 or any(not look.moved for look in looks):
        return
    first, _, latest = _windows(record)
    longest = max(max(look.moved.values()) for look in looks)
    if longest >= TOO_SHORT or latest < (1 - FLAT) * first or longest == 0:
        return
    yield Finding(
        "lr-too-low",
        "warning",
        "the learning rate is too low",
        f"one step moves no layer group by more than {longest:.1e} of its length (usual: 1e-3 to 3e-2); "
        f"the loss went from {first:.3g} to {latest:.3g} in {len(record.losses)} steps",
        "multiply the rates by a hundred: --set optim.lr_decoder=... --set optim.lr_encoder=..., or --set rescue=true",
    )


def _dead(record: Record) -> Iterator[Finding]:
    """A layer group that should learn gets no gradient at all."""
    looks = record.looks[-3:]
    if len(looks) < 2:
        return
    groups = [name for name in looks[0].gradients if name != "all"]
    dead = [name for name in groups if all(look.gradients[name] == 0 for look in looks)]
    if not dead:
        return
    yield Finding(
        "grad-dead",
        "warning",
        f"no gradient reaches {', '.join(dead)}",
        f"the gradients are exactly zero at the steps {', '.join(str(look.step + 1) for look in looks)}",
        "look for a saturated or constant output (softmax over one channel, sigmoid twice), a detached tensor, "
        "or a loss weight of 0",
    )


def _exploding(record: Record) -> Iterator[Finding]:
    norms = [look.gradients["all"] for look in record.looks]
    if len(norms) < 3 or statistics.median(norms[-5:]) <= EXPLODING:
        return
    worst = max((name for name in record.looks[-1].gradients if name != "all"), key=record.looks[-1].gradients.get)  # type: ignore[arg-type]
    yield Finding(
        "grad-exploding",
        "warning",
        "the gradients explode",
        f"their length is {statistics.median(norms[-5:]):.3g} before clipping, the largest in {worst} "
        f"(usual: 0.1 to 5); {len(record.skipped)} steps were skipped",
        "halve the rates, and look at the scale of the loss: a sum over pixels instead of a mean does this",
    )


def _tiny_batch(record: Record) -> Iterator[Finding]:
    """Normalising by two or three photos: what is learnt is not what is used afterwards."""
    if record.batch >= TINY_BATCH or len(record.gaps) < 2:
        return
    share = _mean([gap.share for gap in record.gaps[-2:]])
    if share <= GAP:
        return
    yield Finding(
        "bn-tiny-batch",
        "warning",
        f"BatchNorm learns from batches of {record.batch}",
        f"with running statistics instead of the batch's own, {share:.0%} of the pixels of a training batch change "
        "their class",
        f"use batches of {TINY_BATCH} or more (--set optim.batch={TINY_BATCH}, with smaller crops), "
        "or --set rescue=true: running statistics in training too",
    )


def _collapse(record: Record) -> Iterator[Finding]:
    """The network paints one class, batch after batch, though the batches show more."""
    looks = [look for look in record.looks[-4:] if look.truth_classes > 1]
    seen = len(looks) >= 3 and all(look.predicted_classes == 1 for look in looks)
    validated = [v.only_class for v in record.validations[-2:]]
    if not record.is_late or not (seen or (len(validated) == 2 and all(validated))):
        return
    only = next((name for name in reversed(validated) if name), "")
    where = f"the last {len(looks)} looks, up to step {looks[-1].step + 1}" if seen else "the last two validations"
    yield Finding(
        "training-collapse",
        "warning",
        "the network has collapsed to one class" + (f": {only}" if only else ""),
        f"at {where}, every pixel got one class, and the masks show more",
        "use a loss that sees a small class as a whole (--set 'loss=ce + dice'), lay more crops on objects "
        "(--set sampling.object_share=0.7), or --set rescue=true",
    )


def _below_constant(record: Record) -> Iterator[Finding]:
    """Two validations in a row are no better than one colour for everything."""
    last = record.validations[-2:]
    if len(last) < 2 or not record.is_late:
        return
    if any(math.isnan(v.iou) or math.isnan(v.constant_iou) or v.iou > v.constant_iou for v in last):
        return
    yield Finding(
        "val-below-constant",
        "warning",
        "validation is no better than one constant class",
        f"IoU {last[-1].iou:.3f} at step {last[-1].step}, {last[0].iou:.3f} before; "
        f"painting everything with the best single class gives {last[-1].constant_iou:.3f}",
        "give it more time, and look at `maskwright check`: do masks and photos fit together?",
    )
