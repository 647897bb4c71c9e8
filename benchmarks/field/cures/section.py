"""The cures' part of DOCTOR.md, from the cases in CURES.jsonl."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.field.cures.cure import FALL, Cure, read, worst
from maskwright.files import write_text

START = "## The cures, obeyed to the letter"
NEXT = "## Faults we thought of"
PARTS = {"predictions": "faults in predictions", "check": "faults that `check` finds", "training": "short trainings"}
WORDS = (
    "Written by `python -m benchmarks.field.cures`, which goes on where it stopped.",
    "Each fault is injected, the first finding's fix is obeyed, and the IoU is measured before and after.",
    "A fix in predictions is obeyed by running the line of Python that it prints, on what is stored. A fix that asks",
    "for another inference is obeyed by inferring again without the cause that it names: where that is not what was",
    "injected, nothing is cured. A fix of `check` is obeyed on the files or by its `--set`, and the data are checked",
    "again. A fix of a training is obeyed by training again with the settings that it prints.",
    "Good is a case whose IoU rose, or whose message went while the IoU fell by no more than 0.02.",
    "A fault is put into one set first, then into a second one, and so on; each set gives 8 photos (12 to `check`,",
    "14 where groups of photos are compared).",
    "Fixes were mended while cases were run. A case that a fix did not cure was run again after its mend.",
    "All faults on crackforest, car_parts and horses, those of `check` and those of trainings were obeyed on",
    "1 December 2026, by bfe272f9 and 0a7c7b44; the rows of other sets are older and were obeyed once.",
)


def section(cures: Sequence[Cure]) -> str:
    """Return the section: what was obeyed, what rose and fell, the worst rows, and what could not be obeyed."""
    named = [cure for cure in cures if cure.code]
    sets = _counts(cure.set_name for cure in named)
    lines = [
        START,
        "",
        *WORDS,
        f"Cases so far, by set: {sets}.",
        "",
        "| | cases | obeyed | good | IoU fell by more than 0.02 |",
        "|---|---|---|---|---|",
    ]
    lines += [_figures(words, [c for c in named if c.part == part]) for part, words in PARTS.items()]
    lines += [_figures("all", named), "", _of_commands(named), "", "The worst rows:", ""]
    lines += ["| injected | set | named first | obeyed by | IoU before | after | |", "|---|---|---|---|---|---|---|"]
    lines += [_row(cure) for cure in worst(named)]
    lines += ["", f"Not to be obeyed on stored files (another training): {_counts(c.code for c in _left(named))}.", ""]
    return "\n".join(lines) + "\n"


def _figures(words: str, cures: Sequence[Cure]) -> str:
    obeyed = [c for c in cures if c.obeyed]
    good, harmed = sum(c.good for c in obeyed), sum(c.harmed for c in obeyed)
    share = f"{good} ({good / len(obeyed):.1%})" if obeyed else "0"
    return f"| {words} | {len(cures)} | {len(obeyed)} | {share} | {harmed} |"


def _of_commands(cures: Sequence[Cure]) -> str:
    counts = Counter(cure.how for cure in cures)
    return (
        f"Obeyed by a command that the fix prints: {counts['command']}. By inferring again: {counts['again']}. "
        f"Fell by more than {FALL}: {_counts(f'{c.code} on {c.set_name}' for c in cures if c.harmed)}."
    )


def _left(cures: Sequence[Cure]) -> list[Cure]:
    return [cure for cure in cures if not cure.obeyed]


def _row(cure: Cure) -> str:
    how = "the message went" if cure.gone else ""
    way = "its command" if cure.how == "command" else "inferring again"
    start = f"| {cure.fault} | {cure.set_name} | {cure.code} | {way} "
    return f"{start}| {cure.before:.3f} | {cure.after:.3f} | {how} |"


def _counts(codes: Iterable[str]) -> str:
    return ", ".join(f"{code} ({count})" for code, count in Counter(codes).most_common()) or "none"


def write_section(page: Path) -> None:
    """Put the section into the page, in place of the one that is there, before the old suite's."""
    before, _, after = page.read_text(encoding="utf-8").partition(NEXT)
    write_text(page, before.partition(START)[0] + section(read()) + NEXT + after)
