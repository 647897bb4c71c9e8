"""The field suite's part of DOCTOR.md, from the outcomes in FIELD.jsonl."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.field.bases import REPORTED_ON, TUNED_ON
from benchmarks.field.drawn import DRAWN
from benchmarks.field.suite import FORMS_OF_LOGS, Outcome, read

NEXT = "## Faults we thought of"
"""The heading after this part in DOCTOR.md."""
NOTES = (
    "### What cannot be told from predictions and truth",
    "",
    "- Photos padded in the middle and cut at the corner, where a photo is so narrow that its content is cut off too:",
    "  what is left looks like a model that has collapsed.",
    "- A part that is never predicted, where hardly any truth shows an object in it.",
    "- A few mispaired photos of objects of a few pixels: by chance another photo fits as well.",
    "- Outlines only, where objects fill the photo: that is read as inverted.",
    "- Floats that were cast to bytes by cutting fractions off: the same as a weaker model.",
    "- Class ids of scores that were reshaped in place of a transpose: noise. The scores themselves can be read back.",
    "- Outlines of lines: a line of 3 px without its middle is two thinner lines.",
    "- Four mirrorings averaged, where objects are small: masks are empty, and the closing note counts missed objects.",
    "- Scores of a coarse network, where objects are smaller than its stride: the truth, drawn so, is empty too.",
    "- Half of the photos rotated or cropped, where small objects lie near the middle: three of them prove nothing.",
    "- Whether a photo was never annotated or a model paints where nothing is: both texts say where to look.",
    "- A missing mean subtraction, or another colour order of photos: predictions are only weaker. `find_skew` tells.",
    "- Whether photos of one orientation fail, where objects there are far smaller or larger: they may be harder.",
)
STORED = Path(__file__).with_name("FIELD.jsonl")
STORED_NOTES = STORED.with_suffix(".md")
"""What the stored answers do not say: it belongs to them, and is written anew or removed with them."""


def stored() -> tuple[list[Outcome], list[Outcome]]:
    """Return the kept outcomes of faults and of healthy models."""
    every = read(STORED)
    return [o for o in every if o.codes], [o for o in every if not o.codes]


def summary(faulty: Sequence[Outcome], healthy: Sequence[Outcome]) -> dict[str, str]:
    """Return the figures of the suite, with their counts."""
    harmful = [o for o in faulty if o.counts]
    return {
        "did harm (0.03 IoU or more)": f"{len(harmful)} of {len(faulty)} injected",
        "named first": _share(sum(o.place == 0 for o in harmful), len(harmful)),
        "named among the first three": _share(sum(o.place < 3 for o in harmful), len(harmful)),
        "something else named first": _share(sum(o.place > 0 and bool(o.named) for o in harmful), len(harmful)),
        "no warning or error at all": _share(sum(not o.named for o in harmful), len(harmful)),
        "healthy models with a warning or an error": _share(sum(bool(o.named) for o in healthy), len(healthy)),
        "crashes": str(sum(bool(o.error) for o in (*faulty, *healthy))),
    }


def _share(count: int, total: int) -> str:
    return f"{count} of {total} ({count / max(total, 1):.1%})"


def section(faulty: Sequence[Outcome], healthy: Sequence[Outcome]) -> str:
    """Return the section of DOCTOR.md: figures, every fault, and the false alarms."""
    cases = len(faulty) + len(healthy)
    lines = [
        "## The field suite: faults that people had",
        "",
        f"Written by `make doctor-field`: {cases} cases of 2 seconds of CPU; it goes on where it stopped.",
        "Predictions are simulated from the truths of real sets: smoothed distances with noise of three scales as",
        "logits, photos at 320 px. Faults are injected by code. Healthy cases are simulated models, good to weak, and",
        f"trainings in {len(FORMS_OF_LOGS)} forms, as tools log them and as people paste them from a screen.",
        f"Thresholds were set or checked on {', '.join((*TUNED_ON, *DRAWN))}; "
        f"the figures count {', '.join(REPORTED_ON)} only.",
        "Whatever did harm is a miss unless it is named first.",
        "",
        "| | |",
        "|---|---|",
        *(f"| {words} | {value} |" for words, value in summary(faulty, healthy).items()),
        "",
        "| fault | did harm | first | first three | named first instead |",
        "|---|---|---|---|---|",
        *(_row(fault, [o for o in faulty if o.fault == fault and o.counts]) for fault in _names(faulty)),
        "",
        f"False alarms: {_counts([o.named[0] for o in healthy if o.named]) or 'none'}.",
        "",
        *_notes_of_answers(),
        *NOTES,
        "",
    ]
    return "\n".join(lines) + "\n"


def _notes_of_answers() -> list[str]:
    return [*STORED_NOTES.read_text(encoding="utf-8").splitlines(), ""] if STORED_NOTES.exists() else []


def _names(outcomes: Sequence[Outcome]) -> list[str]:
    return list(dict.fromkeys(o.fault for o in outcomes if o.counts))


def _row(fault: str, cases: Sequence[Outcome]) -> str:
    first, three = sum(o.place == 0 for o in cases), sum(o.place < 3 for o in cases)
    instead = _counts([o.named[0] if o.named else "nothing" for o in cases if o.place])
    return f"| {fault} | {len(cases)} | {first} | {three} | {instead} |"


def _counts(codes: Sequence[str]) -> str:
    return ", ".join(f"{code} ({count})" for code, count in Counter(codes).most_common())
