"""A fix that was obeyed on the case that raised it: what it did to the IoU, and the file that keeps it."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

How = Literal["command", "again", "none"]
RISE, FALL = 0.001, 0.02
"""IoU by which a cure must raise, and may lower where the message goes."""
STORED = Path(os.environ.get("CURES_STORE") or Path(__file__).with_name("CURES.jsonl"))
"""Where the cases are kept; `CURES_STORE` names another file for trials, and then DOCTOR.md stays as it is."""


@dataclass(frozen=True)
class Cure:
    """One case: what was injected into which set, the code named first, and the IoU before and after its fix.

    `how` is "command" where the fix's own line was run, "again" where inference was repeated without the cause that
    the fix names, "none" where it asks for what cannot be had from stored files. `gone` says that the message went.
    """

    part: str
    fault: str
    set_name: str
    code: str
    how: How
    before: float
    after: float
    gone: bool = False

    @property
    def obeyed(self) -> bool:
        """Whether the fix could be obeyed."""
        return self.how != "none"

    @property
    def good(self) -> bool:
        """Whether the IoU rose, or the message went without harm."""
        return self.after > self.before + RISE or (self.gone and not self.harmed)

    @property
    def harmed(self) -> bool:
        """Whether the IoU fell by more than the audit allows."""
        return self.after < self.before - FALL


def read(store: Path = STORED) -> list[Cure]:
    """Return the cures in a file of one JSON object a line; none where there is no file."""
    if not store.is_file():
        return []
    return [Cure(**json.loads(line)) for line in store.read_text(encoding="utf-8").splitlines() if line.strip()]


def append(cure: Cure, store: Path = STORED) -> None:
    """Add a cure to the file."""
    rounded = asdict(cure) | {"before": round(cure.before, 4), "after": round(cure.after, 4)}
    with store.open("a", encoding="utf-8") as file:
        file.write(json.dumps(rounded) + "\n")


def worst(cures: Sequence[Cure], most: int = 12) -> list[Cure]:
    """Return the cures that raised the IoU least, or lowered it."""
    return sorted((c for c in cures if c.obeyed), key=lambda c: c.after - c.before)[:most]
