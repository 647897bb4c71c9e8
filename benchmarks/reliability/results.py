"""What a command left, in a form that two runs can be compared by."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TIMES = frozenset({"minutes", "seconds", "data_wait_share", "machine", "out"})
"""Keys of JSON files that differ between equal runs."""
COMPARED = (".safetensors", ".png", "evaluation.json", "compare.json", "regions.via.json", "plan.toml", "photos.csv")


@dataclass
class Figures:
    """What was tried: the number of tries, those that did what they should, and each problem in a line."""

    name: str
    tries: int = 0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def count(self, problems: list[str]) -> None:
        """Add a try with its problems."""
        self.tries += 1
        self.problems += problems

    @property
    def line(self) -> str:
        """The figures in one line."""
        notes = f"; {'; '.join(self.notes)}" if self.notes else ""
        return f"**{self.name}**: {self.tries} tries, {len(self.problems)} problems{notes}"

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.tries} tries, {len(self.problems)} problems", *self.notes, *self.problems]
        return "\n  ".join(lines)


def differences(folder: Path, reference: Path) -> list[str]:
    """Return how the results in `folder` differ from those of an undisturbed command: names, weights, masks, scores."""
    ours, theirs = _files(folder), _files(reference)
    lines = [f"{name} is missing" for name in sorted(theirs - ours)]
    lines += [f"{name} is left over" for name in sorted(ours - theirs)]
    for name in sorted(ours & theirs):
        if name.endswith(COMPARED) and _content(folder / name) != _content(reference / name):
            lines.append(f"{name} differs")
    return lines


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def _content(path: Path) -> object:
    if path.suffix == ".json":
        return _without_times(json.loads(path.read_text()))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _without_times(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, dict):
        return {key: _without_times(inner) for key, inner in value.items() if key not in TIMES}
    return [_without_times(inner) for inner in value] if isinstance(value, list) else value
