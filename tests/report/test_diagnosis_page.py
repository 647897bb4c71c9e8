import re

from maskwright.diagnosis.diagnose import Diagnosis
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.findings.finding import Finding
from maskwright.report.diagnosis_page import render_diagnosis
from tests.report.test_rendering import Page

SHIFTED = Finding("pred-shifted", "error", "Predictions are shifted", "they lie 3 px right", "cut `3` px off")
FLAT = Finding("steps-few", "warning", "The loss is flat", "it fell by 1 %", "raise the rate")
NOTE = Finding("not-checked", "note", "Not everything could be checked", "the threshold", "give more")


def page_of(*findings: Finding) -> Page:
    return Page(render_diagnosis(Diagnosis(findings, {}), Evidence(), {}))


def test_the_first_cause_is_the_title_and_answers_what_is_wrong_and_what_to_do() -> None:
    words = page_of(SHIFTED, FLAT, NOTE).words
    assert "What is wrong? Error They lie 3 px right." in words
    assert "And 1 more: The loss is flat." in words
    assert re.search(r"What to do\? cut 3 px off", words)


def test_notes_alone_mean_that_no_fault_was_found() -> None:
    words = page_of(NOTE).words
    assert "No fault was found" in words
    assert "What is wrong? Nothing" in words
    assert "What to do?" not in words.split("Findings")[0]
