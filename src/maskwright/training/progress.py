"""How far a training has come: what a progress bar and callbacks get at each step."""

import warnings
from dataclasses import dataclass

from maskwright.findings.finding import Finding


@dataclass(frozen=True)
class Progress:
    """State of a training after `step` of `steps`.

    `seconds` since the start; `loss` of this step; `validation_iou`: the latest, None before the first validation;
    `findings`: what the guards found at this step; `lr`: the decoder's learning rate at this step.
    """

    step: int
    steps: int
    seconds: float
    loss: float
    validation_iou: float | None
    findings: tuple[Finding, ...] = ()
    lr: float = 0.0

    @property
    def found(self) -> tuple[Finding, ...]:
        """The former name of `findings`."""
        warnings.warn("Progress.found is now Progress.findings", DeprecationWarning, stacklevel=2)
        return self.findings
