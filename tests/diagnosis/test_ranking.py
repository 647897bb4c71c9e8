"""The order of findings: causes before consequences, what guards saw before what follows from it."""

from maskwright.diagnosis.ranking import ranked_causes, with_raised
from maskwright.findings.finding import Finding, Severity


def finding(code: str, severity: Severity = "warning", gain: float | None = None) -> Finding:
    return Finding(code, severity, "t", "e", "f", recovered_iou=gain)


def codes(findings: list[Finding]) -> list[str]:
    return [one.code for one in findings]


def test_what_gives_back_most_comes_first_and_consequences_are_told_in_their_cause() -> None:
    found = [finding("accuracy-majority"), finding("pred-shifted", gain=0.1), finding("pred-flipped", gain=0.4)]
    order = ranked_causes(found)
    assert codes(order) == ["pred-flipped", "pred-shifted"]
    assert "this also explains" in order[0].evidence


def test_specks_of_a_model_that_has_learnt_nothing_follow_from_that() -> None:
    assert codes(ranked_causes([finding("pred-speckled", gain=0.1), finding("underfitting")])) == [
        "underfitting",
        "pred-speckled",
    ]
    assert codes(ranked_causes([finding("pred-shuffled", "error", 0.4), finding("underfitting")])) == ["pred-shuffled"]


def test_causes_that_guards_saw_stand_first_and_once() -> None:
    ranked = [finding("threshold-off", gain=0.2), finding("lr-too-high"), finding("metric-choice", "note")]
    order = with_raised([finding("lr-too-high", "error"), finding("val-below-constant")], ranked)
    assert codes(order) == ["lr-too-high", "threshold-off", "metric-choice"]
    assert order[0].severity == "error"


def test_a_consequence_that_guards_saw_is_told_where_no_cause_is_known() -> None:
    ranked = [finding("metric-choice", "note")]
    assert codes(with_raised([finding("val-below-constant")], ranked)) == ["val-below-constant", "metric-choice"]
    assert codes(with_raised([finding("lr-too-low", "note")], ranked)) == ["metric-choice"]


def test_an_error_stands_above_warnings_that_give_back_no_more() -> None:
    collapse = finding("score-collapse", "error")
    order = ranked_causes([finding("score-none"), collapse, finding("pred-flipped", gain=0.4)])
    assert codes(order) == ["pred-flipped", "score-collapse", "score-none"]


def test_a_note_explains_no_warning_away() -> None:
    assert codes(ranked_causes([finding("class-missing", "note"), finding("patches-distant")])) == [
        "patches-distant",
        "class-missing",
    ]
    assert codes(ranked_causes([finding("class-missing"), finding("patches-distant")])) == ["class-missing"]


def test_specks_that_cost_much_are_no_consequence_of_a_class_that_is_missing() -> None:
    missing = finding("class-missing", gain=0.04)
    assert codes(ranked_causes([missing, finding("pred-speckled", gain=0.06)])) == ["pred-speckled", "class-missing"]
    assert codes(ranked_causes([missing, finding("pred-speckled", gain=0.03)])) == ["class-missing"]
