"""The page of a diagnosis: one self-contained HTML file, each finding with its picture."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from maskwright.diagnosis.diagnose import Diagnosis
from maskwright.diagnosis.evidence.evidence import Evidence, as_evaluation, mean_iou
from maskwright.diagnosis.next_step import NEAR_PERFECT, NOTHING_GIVEN, Given, next_step
from maskwright.evaluation import metrics
from maskwright.files import write_bytes, write_text
from maskwright.findings.finding import Finding
from maskwright.report.diagnosis_pictures import EvidencePicture, pictures_of
from maskwright.report.fix_script import fix_script
from maskwright.report.rendering import data_uri, number, page_environment
from maskwright.report.report_data import Fact
from maskwright.wording import count_of

PICTURE_BYTES = 2_000_000
FEW_PAIRS = 5
"""Fewer pairs than these show coarse faults alone."""


@dataclass(frozen=True)
class ShownFinding:
    """One finding as the page shows it: the photo that shows it, and its panels (JPEG, words); none without picture."""

    finding: Finding
    photo: str = ""
    panels: tuple[tuple[bytes, str], ...] = ()


def write_diagnosis(
    diagnosis: Diagnosis, evidence: Evidence, path: Path, *, given: Given = NOTHING_GIVEN
) -> list[Finding]:
    """Write the page of a diagnosis, its pictures beside it too, and return the findings with the pictures' names.

    `given` names what was diagnosed, for the next command.
    """
    folder, pictures = f"{path.stem}-pictures", pictures_of(diagnosis)
    for code, picture in pictures.items():
        write_bytes(path.parent / folder / f"{code}.jpg", picture.sheet)
    write_text(path, render_diagnosis(diagnosis, evidence, pictures, given=given))
    return [replace(f, picture=f"{folder}/{f.code}.jpg" if f.code in pictures else "") for f in diagnosis.findings]


def render_diagnosis(
    diagnosis: Diagnosis,
    evidence: Evidence,
    pictures: Mapping[str, EvidencePicture],
    *,
    given: Given = NOTHING_GIVEN,
) -> str:
    """Return the diagnosis as HTML: no script, no request to anywhere, under 3 MB."""
    environment = page_environment()
    environment.filters.update(number=number, data_uri=data_uri)
    causes = [f for f in diagnosis.findings if f.severity != "note"]
    iou = score_of(evidence)
    near_perfect = (iou or 0) >= NEAR_PERFECT
    undone = bool(causes) and _was_undone(diagnosis, causes[0])
    return environment.get_template("diagnosis.html").render(
        findings=_with_pictures(diagnosis.findings, pictures),
        causes=causes,
        unexplained=next((f for f in diagnosis.findings if f.code == "score-unexplained"), None),
        facts=_facts(evidence),
        iou=iou,
        step=next_step(evidence, iou, given=given),
        regained=min(1.0, (iou or 0) + sum(max(0.0, f.recovered_iou or 0) for f in causes)),
        trust=_trust(causes, len(evidence.cases), undone=undone, near_perfect=near_perfect),
        script=fix_script(causes[0].fix, evidence.storage) if causes else "",
    )


def _was_undone(diagnosis: Diagnosis, finding: Finding) -> bool:
    _, undone = diagnosis.states.get(finding.code, (None, None))
    return undone is not None and (finding.recovered_iou or 0) > 0


def _trust(causes: list[Finding], count: int, *, undone: bool, near_perfect: bool) -> tuple[str, str]:
    """Return whether the answer from so many pairs can be trusted, "Yes" or "Partly", and why."""
    if not count:
        return "Partly", "Only the training's log was read: give masks and predictions to have those checked too."
    pairs = count_of(count, "pair")
    if undone:
        return "Yes", f"The fault was undone in copies of your {pairs} and scored again: that is the gain shown here."
    if causes:
        return "Partly", f"It shows in your {pairs}, but it cannot be undone there, so its cost is not measured."
    if near_perfect:
        return "Partly", (
            "A score this close to 1 is rare on new photos. It counts if these photos were held out from training and "
            "the predictions are the model's own, not copies of the masks."
        )
    if count < FEW_PAIRS:
        return "Partly", f"With {pairs}, only a coarse fault shows: give at least {FEW_PAIRS}."
    return "Yes", (
        f"All pixels of {pairs} were compared, and every known fault was looked for. A mistake that is the same in "
        "every mask does not show here: look at a few masks yourself."
    )


def score_of(evidence: Evidence) -> float | None:
    """Return the mean IoU over the pixels of all pairs, 0..1; None where there is no pair."""
    if not evidence.cases:
        return None
    return float(np.nan_to_num(mean_iou(evidence.table, evidence.classes)))


def _facts(evidence: Evidence) -> list[Fact]:
    if not evidence.cases:
        return []
    counts = as_evaluation(evidence.cases, evidence.classes).counts
    heights, widths = zip(*(case.size_hw for case in evidence.cases), strict=True)
    facts = [
        Fact("pairs", str(len(evidence.cases))),
        Fact("size", f"{min(widths)}x{min(heights)} to {max(widths)}x{max(heights)} px"),
        Fact("classes", ", ".join(evidence.classes.names[:12])),
        Fact("predictions", f"{evidence.storage.kind}, {evidence.storage.channels} channel(s)"),
        Fact("pixel accuracy", number(metrics.pixel_accuracy(counts))),
        Fact("the best constant class has", number(metrics.constant_accuracy(counts))),
    ]
    return facts + ([Fact("pairs of training photos", str(len(evidence.train_cases)))] if evidence.train_cases else [])


def _with_pictures(findings: tuple[Finding, ...], pictures: Mapping[str, EvidencePicture]) -> list[ShownFinding]:
    shown, left = [], PICTURE_BYTES
    for finding in findings:
        picture = pictures.get(finding.code)
        panels = tuple(picture.jpegs) if picture is not None else ()
        size = sum(len(jpeg) for jpeg, _ in panels)
        if picture is None or size > left:
            shown.append(ShownFinding(finding))
            continue
        left -= size
        shown.append(ShownFinding(finding, picture.photo, panels))
    return shown
