"""What a training has shown so far: losses, probes, validations. The guards read it; it is saved with the run."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from maskwright.training.health.probes import Probe

LATE_SHARE = 0.4
"""By this share of the steps a training should predict more than one class."""
OLD_NAME = "looks"
"""Maskwright 0.1.0 saved `probes` under this name."""


@dataclass(frozen=True)
class Validation:
    """One validation: its mean IoU and that of the best constant class.

    `only_class`: the one class that was predicted although the truth shows several, else "".
    """

    step: int
    iou: float
    constant_iou: float
    only_class: str


@dataclass(frozen=True)
class NormGap:
    """Share of a batch's pixels whose class changes when BatchNorm uses its running statistics."""

    step: int
    share: float


@dataclass
class Record:
    """What happened since the step `since`, at which the training began or was last rescued.

    `steps`: of the whole training; `batch`: photos in a batch; `skipped`: steps whose gradients were NaN or infinite;
    `lr_decoder`, `lr_encoder`: the peak learning rates (0 in records of maskwright 0.1.0); `own_rates`: whether the
    plan chose them itself, so that no user set them.
    """

    steps: int
    batch: int
    since: int = 0
    losses: list[float] = field(default_factory=list)
    probes: list[Probe] = field(default_factory=list)
    validations: list[Validation] = field(default_factory=list)
    gaps: list[NormGap] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)
    lr_decoder: float = 0.0
    lr_encoder: float = 0.0
    own_rates: bool = False

    @property
    def step(self) -> int:
        """The number of steps taken so far."""
        return self.since + len(self.losses)

    @property
    def is_late(self) -> bool:
        """Return True if constant predictions can no longer be explained by an early training."""
        return len(self.losses) >= LATE_SHARE * (self.steps - self.since)


def record_as_tree(record: Record) -> dict[str, Any]:
    """Return the record as plain values, to be saved with the run."""
    return asdict(record)


def record_from_tree(tree: Mapping[str, Any]) -> Record:
    """Return the record that `record_as_tree` turned into plain values, here or in maskwright 0.1.0."""
    values = dict(tree)
    probes = values.pop(OLD_NAME) if OLD_NAME in values else values["probes"]
    return Record(
        **{
            **values,
            "probes": [Probe(**probe) for probe in probes],
            "validations": [Validation(**validation) for validation in values["validations"]],
            "gaps": [NormGap(**gap) for gap in values["gaps"]],
        }
    )
