import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest

from maskwright.findings.finding import Finding
from maskwright.imaging.drawing import encode_jpeg
from maskwright.report.charts.training import LoggedStep
from maskwright.report.rendering import as_sentence, number, percent, render_report, table_value, with_code
from maskwright.report.report_data import ClassScores, Fact, Panel, PlanRow, Preview, Report, Score, ScoreTable, Totals

VOID = {"meta", "link", "img", "br", "input"}
NAN = math.nan


class Page(HTMLParser):
    """Tags with their attributes and the text, and a check that every tag is closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def words(self) -> str:
        return re.sub(r"\s+", " ", self.text)


def _jpeg(side_px: int = 16) -> bytes:
    noise = np.random.default_rng(0).integers(0, 255, (side_px, side_px, 3), dtype=np.uint8)
    return encode_jpeg(noise, 75)


@pytest.fixture
def report() -> Report:
    panels = tuple(Panel(f"IMG_{i}.jpg", 0.5 + i / 100, _jpeg(), "a false patch") for i in range(5))
    return Report(
        title="Grids",
        facts=(Fact("photos", "40"), Fact("weights", "ImageNet")),
        score=Score(0.931, 0.905, 0.95, "mean IoU per photo on 12 held-out photos", honest=True),
        totals=Totals(0.931, 0.948, 0.9921, 0.926, "background"),
        classes=(
            ClassScores("grid", (230, 57, 70), 0.948, 0.921, 0.963, 0.973, 0.981, 0.965, 0.074),
            ClassScores("smudge", (42, 157, 244), NAN, NAN, NAN, NAN, NAN, NAN, 0.0),
        ),
        curve=tuple(LoggedStep(i, i / 10, 1 / (i + 1), 0.8 if i % 5 == 0 else None) for i in range(20)),
        plan=(PlanRow("crop_px", "384", "the median grid is 96 px wide at this scale"),),
        findings=(
            Finding("class-shares", "note", "grid covers 7 %", "of all pixels", "nothing to do"),
            Finding("photo-missing", "error", "a photo is not there", "gone.jpg", "put it back"),
        ),
        worst=panels,
        best=panels[::-1],
        augmentations=(Preview("flip", _jpeg()), Preview("all together", _jpeg())),
        photos=ScoreTable(("photo", "IoU", "pixels"), (("IMG_1.jpg", 0.51234, 12), ("IMG_2.jpg", NAN, None))),
        folds=ScoreTable(("fold", "mean IoU"), ((1, 0.93),)),
    )


def test_the_page_needs_no_network(report: Report) -> None:
    html = render_report(report)
    page = Page(html)
    assert not re.search(r"https?://|//[a-z]+\.|@import|url\(", html)
    assert page.all("script") == []
    assert all((tag["src"] or "").startswith("data:image/jpeg;base64,") for tag in page.all("img"))
    assert all((tag["href"] or "").startswith("data:") for tag in page.all("link"))


def test_every_number_of_the_report_is_on_the_page(report: Report) -> None:
    words = Page(render_report(report)).words
    for text in (
        "0.931",
        "0.91 to 0.95",
        "12 held-out photos",
        "0.948",
        "99.2 %",
        "92.6 %",
        "“background”",
        "0.973",
        "0.981",
    ):
        assert text in words
    for text in (
        "0.965",
        "7.4 %",
        "crop_px",
        "median grid is 96 px",
        "0.512",
        "put it back",
        "a false patch",
        "all together",
    ):
        assert text in words


def test_absent_values_are_called_absent_and_never_nan(report: Report) -> None:
    html = render_report(report)
    assert "absent" in html
    assert not re.search(r"\bnan\b|\bNone\b", Page(html).text)
    assert "nan%" not in html


def test_names_are_escaped_everywhere(report: Report) -> None:
    evil = "<script>alert(1)</script>\"'&"
    panel = Panel(evil, 0.5, _jpeg(), evil)
    finding = Finding("photo-missing", "error", evil, evil, evil)
    spoilt = replace(
        report,
        title=evil,
        facts=(Fact(evil, evil),),
        score=Score(0.5, 0.4, 0.6, evil, honest=False, how_to_get_honest=evil),
        classes=(replace(report.classes[0], name=evil),),
        plan=(PlanRow(evil, evil, evil),),
        findings=(finding,),
        worst=(panel,),
        augmentations=(Preview(evil, _jpeg()),),
        photos=ScoreTable((evil,), ((evil,),)),
    )
    page = Page(render_report(spoilt))
    assert page.all("script") == []
    assert page.text.count(evil) >= 14
    assert sum(evil in (tag["alt"] or "") for tag in page.all("img")) == 2


def test_a_missing_test_score_says_how_to_get_one(report: Report) -> None:
    none = Score(None, None, None, "every photo was trained on", honest=False, how_to_get_honest="train with --folds 4")
    words = Page(render_report(replace(report, score=none, totals=None, classes=(), folds=None))).words
    assert "No score" in words
    assert "Can I trust this score? No" in words
    assert "train with --folds 4" in words
    assert "held out" not in words
    assert "What the score is made of" not in words


def test_a_score_that_is_not_honest_is_shown_with_its_remedy(report: Report) -> None:
    score = Score(0.99, None, None, "mean IoU on the training photos", honest=False, how_to_get_honest="hold some out")
    words = Page(render_report(replace(report, score=score))).words
    assert "0.99" in words
    assert "hold some out" in words
    assert "95 % interval" not in words.split("Findings")[0]


def test_findings_are_listed_with_the_most_serious_first(report: Report) -> None:
    text = Page(render_report(report)).text
    assert text.index("a photo is not there") < text.index("grid covers 7 %")


def test_worst_photos_come_first_in_their_order(report: Report) -> None:
    alts = [tag["alt"] or "" for tag in Page(render_report(report)).all("img")]
    names = [alt.split()[0] for alt in alts if alt.startswith("IMG")]
    assert names == [f"IMG_{i}.jpg" for i in (0, 1, 2, 3, 4, 4, 3, 2, 1, 0)]


def test_fifty_photos_with_heavy_pictures_stay_under_three_megabytes(report: Report) -> None:
    heavy = tuple(Panel(f"IMG_{i}.jpg", i / 50, b"\xff" * 160_000) for i in range(50))
    rows = tuple((p.name, p.iou, 1) for p in heavy)
    big = replace(report, worst=heavy, best=heavy[::-1], photos=ScoreTable(("photo", "IoU", "pixels"), rows))
    html = render_report(big)
    assert len(html.encode()) < 3_000_000
    assert 9 <= len(Page(html).all("img")) <= 20
    assert all(row[0] in html for row in rows)


def test_at_most_twelve_worst_and_six_best_are_shown(report: Report) -> None:
    many = tuple(Panel(f"IMG_{i}.jpg", i / 50, _jpeg()) for i in range(50))
    page = Page(render_report(replace(report, worst=many, best=many, augmentations=())))
    assert len(page.all("img")) == 18


def test_headings_go_down_by_one_and_pictures_have_texts(report: Report) -> None:
    page = Page(render_report(report))
    levels = [int(name[1]) for name, _ in page.tags if re.fullmatch(r"h\d", name)]
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert all(tag.get("alt") for tag in page.all("img"))
    assert all(tag.get("scope") for tag in page.all("th"))
    assert page.all("html")[0]["lang"] == "en"


def test_the_page_fits_phones_dark_rooms_and_paper(report: Report) -> None:
    html = render_report(report)
    assert "width=device-width" in html
    assert "prefers-color-scheme: dark" in html
    assert "@media print" in html
    assert html.count('class="scroll"') + html.count('class="card scroll"') == len(Page(html).all("table"))


def test_a_report_without_extras_is_a_whole_page() -> None:
    bare = Report(
        "Bare", (), Score(None, None, None, "nothing yet", honest=False), None, (), (), (), (), (), (), (), None
    )
    words = Page(render_report(bare)).words
    assert "No training loss was logged." in words
    assert "Findings" not in words


def test_one_class_has_no_legend_of_classes_and_several_have(report: Report) -> None:
    several = Page(render_report(report)).all("span")
    one = Page(render_report(replace(report, classes=report.classes[:1]))).all("span")
    chips = [[s for s in spans if s.get("class") == "chip"] for spans in (several, one)]
    assert [len(c) for c in chips] == [4, 1]
    assert chips[1][0]["style"] == "background:rgb(230,57,70)"


@pytest.mark.parametrize(("value", "text"), [(0.12345, "0.123"), (1.0, "1.000"), (NAN, "absent"), (None, "absent")])
def test_scores_have_three_digits(value: float | None, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0744, "7.44 %"), (0.99213, "99.2 %"), (0.0, "0 %"), (1.0, "100 %"), (NAN, "absent")]
)
def test_shares_are_percent(value: float, text: str) -> None:
    assert percent(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.5, "0.500"), (7, "7"), ("a", "a"), (None, "–"), (NAN, "–")])
def test_table_values_are_numbers_text_or_dashes(value: float | str | None, text: str) -> None:
    assert table_value(value) == text


def _overlaid(name: str) -> Panel:
    return Panel(name, 0.5, _jpeg(), overlays=tuple((kind, _jpeg()) for kind in ("errors", "truth", "prediction")))


def test_each_photo_is_switched_and_enlarged_by_inputs_of_its_own(report: Report) -> None:
    page = Page(render_report(replace(report, worst=(_overlaid("a.jpg"), _overlaid("b.jpg")), best=())))
    radios = [tag for tag in page.all("input") if tag["type"] == "radio"]
    boxes = [tag["id"] for tag in page.all("input") if tag["type"] == "checkbox"]
    assert len(radios) == 8
    assert len({tag["name"] for tag in radios}) == 2
    assert sum("checked" in tag for tag in radios) == 2
    assert len(set(boxes)) == 2
    assert [tag["for"] for tag in page.all("label") if tag.get("for")] == boxes


def test_the_confusion_matrix_marks_the_diagonal_and_names_the_worst(report: Report) -> None:
    table = ScoreTable(("truth", "cat", "dog"), (("cat", 0.75, 0.25), ("dog", None, None)))
    page = Page(render_report(replace(report, confusion=table, confused="Most often, cat is taken for dog")))
    cells = [tag for tag in page.all("td") if "right" in (tag.get("class") or "").split()]
    assert len(cells) == 2
    assert "75 %25 %" in page.words
    assert "Most often, cat is taken for dog" in page.words


def test_backticks_become_code_and_the_rest_stays_escaped() -> None:
    flag = '<span class="word">--minutes</span>'
    assert with_code("use `--minutes 10` <now>") == f"use <code>{flag} 10</code> &lt;now&gt;"
    assert with_code("`np.roll(x < 1)`") == "<code>np.roll(x &lt; 1)</code>"
    assert with_code("one ` alone") == "one ` alone"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("dataset IoU fits best", "Dataset IoU fits best."),
        ("a01.png: cut off", "a01.png: cut off."),
        ("they lie 3 px right.", "They lie 3 px right."),
        ("`mask` is empty", "`mask` is empty."),
    ],
)
def test_evidence_becomes_a_sentence_and_names_of_files_stay(text: str, sentence: str) -> None:
    assert as_sentence(text) == sentence
