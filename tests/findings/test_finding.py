import pytest

from maskwright.findings.catalogue import catalogue
from maskwright.findings.finding import Finding, finding_as_json, finding_from_json, make_finding, ranked
from maskwright.findings.template import filled


def test_a_detector_gives_code_and_evidence_and_the_catalogue_gives_the_words() -> None:
    finding = make_finding("photo-flat", "1: dark.png", photos=["dark.png"])
    entry = catalogue()["photo-flat"]
    assert (finding.title, finding.mechanism, finding.fix) == (entry.title, entry.mechanism, entry.fix)
    assert (finding.severity, finding.photos, finding.evidence) == (entry.severity, ("dark.png",), "1: dark.png")


def test_a_detector_may_override_the_severity() -> None:
    assert make_finding("photo-flat", "e", severity="error").severity == "error"


def test_a_fix_takes_all_of_its_fields_and_no_others() -> None:
    assert filled("--set a={a} --set b={b:.2g} {{c}}", {"a": 1, "b": 0.125}) == "--set a=1 --set b=0.12 {c}"
    with pytest.raises(AssertionError, match=r"the fix takes \['a'\], given are \[\]"):
        filled("{a}", {})
    with pytest.raises(AssertionError, match=r"given are \['a', 'b'\]"):
        filled("{a}", {"a": 1, "b": 2})


def test_a_code_outside_the_catalogue_is_refused() -> None:
    with pytest.raises(AssertionError, match="no such finding: no-such"):
        Finding("no-such", "note", "t", "e", "f")


def test_findings_are_ranked_by_severity_and_then_by_the_catalogue() -> None:
    codes = ["weights-random", "mask-uniform", "photo-missing", "photo-flat", "loss-negative"]
    found = [make_finding(code, "e") for code in codes]
    assert [f.code for f in ranked(found)] == [
        "photo-missing",
        "loss-negative",
        "photo-flat",
        "mask-uniform",
        "weights-random",
    ]


def test_a_finding_survives_json() -> None:
    finding = make_finding("photo-flat", "1: dark.png", photos=["dark.png"], recovered_iou=0.25)
    assert finding_from_json(finding_as_json(finding)) == finding
    assert list(finding_as_json(finding)) == [
        "code",
        "severity",
        "title",
        "evidence",
        "fix",
        "photos",
        "mechanism",
        "recovered_iou",
        "read_more",
        "picture",
    ]
