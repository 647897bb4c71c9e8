import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import maskwright.training.loop
from maskwright.errors import DeviceMemoryError, DivergedError
from maskwright.workflows.compare import trial
from tests.support.commands import FAST, SMALL, call, refusal
from tests.support.drawn_layouts import binary, photo, save

RECIPE = f"""
title = "Discs <script>"
about = "What matters on noise."
seeds = 1
base = {json.dumps([*SMALL, "split.test=0.34", "loss=ce"])}
[[arm]]
name = "plain"
[[arm]]
name = "dice"
set = ["loss=dice"]
say = "a class as a whole"
[[arm]]
name = "goes on | from dice"
adds_to = "dice"
starts_from = "dice"
[[arm]]
name = "two photos"
set = ["data.photos=2", "data.keep_pixels=0.3"]
against = "dice"
[[curve]]
title = "What photos are worth"
x = "training photos"
[[curve.line]]
name = "any"
arms = ["two photos", "plain"]
at = [2, 4]
"""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "discs.toml"
    path.write_text(RECIPE)
    return path


@pytest.fixture(scope="module")
def compared(discs: Path, recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("compared") / "out"
    assert call("compare", discs, "--recipe", recipe, "--out", out) == 0
    return out


def values(out: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((out / "compare.json").read_text())
    return found


def arms(out: Path) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads((out / "compare.json").read_text())["arms"]
    return rows


def test_every_trial_is_a_run_folder_with_the_same_held_out_photos(compared: Path) -> None:
    runs = sorted(compared.glob("cells/*/seed*-fold0/run.json"))
    facts = [json.loads(run.read_text()) for run in runs]
    assert len(runs) == 4
    assert len({tuple(f["test_photos"]) for f in facts}) == 1
    assert {f["seed"] for f in facts} == {0}
    assert sorted(len(f["train_photos"]) for f in facts) == [2, 4, 4, 4]


def test_json_holds_scores_paired_differences_pixels_and_bits(compared: Path) -> None:
    rows = arms(compared)
    assert [row["name"] for row in rows] == ["plain", "dice", "goes on | from dice", "two photos"]
    assert [row["against"] for row in rows] == ["", "plain", "plain", "dice"]
    for row in rows:
        means = row["photo_ious"]
        assert isinstance(means, dict)
        assert np.mean(list(means.values())) == pytest.approx(row["iou"]["value"], abs=1e-5)  # type: ignore[index]
        assert row["parameters"] == rows[0]["parameters"]
    assert [row["steps"] for row in rows] == [3, 3, 6, 3]
    difference = rows[1]["difference"]["value"]  # type: ignore[index]
    assert difference == pytest.approx(rows[1]["iou"]["value"] - rows[0]["iou"]["value"], abs=1e-5)  # type: ignore[index]
    bits = values(compared)["label_bits"]
    assert isinstance(bits, dict)
    assert len(bits["by_photo"]) == 6
    assert 0 < bits["mean_by_photo"] < 96 * 128
    assert bits["class_label"] == 1.0


def test_an_arm_can_start_from_the_weights_of_another(compared: Path) -> None:
    run = next(compared.glob("cells/goes-on-from-dice-*/seed0-fold0/run.json"))
    assert re.match(r"(\d+) of \1 tensors from .*/dice-\w+/seed0-fold0", json.loads(run.read_text())["weights"])
    assert arms(compared)[2]["weights"] == "those of dice"


def test_the_table_is_markdown_that_renders(compared: Path) -> None:
    lines = [line for line in (compared / "table.md").read_text().splitlines() if line.startswith("|")]
    cells_by_line = [re.split(r"(?<!\\)\|", line) for line in lines[:6]]
    assert len({len(found) for found in cells_by_line}) == 1
    assert "goes on \\| from dice" in lines[4]
    text = (compared / "table.md").read_text()
    assert "bits under one context coder" in text
    assert "| training photos | 2 | 4 |" in text


class Page(HTMLParser):
    """The tags and words of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_page_needs_no_network_and_shows_all_arms_side_by_side(compared: Path) -> None:
    html = (compared / "compare.html").read_text()
    page = Page(html)
    text = " ".join(" ".join(page.words).split())
    assert not re.search(r"https?://|@import|url\(", html)
    assert not [tag for tag, _ in page.tags if tag == "script"]
    assert "Discs <script>" in text
    pictures = [found for tag, found in page.tags if tag == "img"]
    assert len(pictures) == 2 * 4
    assert all((found["src"] or "").startswith("data:image/jpeg;base64,") for found in pictures)
    for words in ("plain", "a class as a whole", "against 'dice'", "What photos are worth"):
        assert words in text
    assert not re.search(r"\bnan\b|\bNone\b", text)
    assert "prefers-color-scheme: dark" in html
    assert len(html) < 3_000_000


def test_resume_trains_nothing_again_and_ends_with_the_same_table(
    compared: Path, discs: Path, recipe: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (compared / "table.md").read_text()
    assert "continue with --resume" in refusal(capsys, "compare", discs, "--recipe", recipe, "--out", compared)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr(trial, "train", never)
    assert call("compare", discs, "--recipe", recipe, "--out", compared, "--resume") == 0
    assert (compared / "table.md").read_text() == before


def test_trials_of_other_settings_or_photos_are_refused(
    compared: Path, discs: Path, recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = ("--recipe", recipe, "--out", compared, "--resume")
    line = refusal(capsys, "compare", discs, *again, "--set", "optim.steps=4")
    assert "was made with another optim.steps (3, now 4): remove it to train it again" in line
    other = shutil.copytree(discs, tmp_path / "discs")
    csv = other / "via.csv"
    csv.write_text(re.sub(r'""r"": ([\d.]+)', r'""r"": 9.5', csv.read_text()))
    assert "was made with another" in refusal(capsys, "compare", other, *again)


def test_a_diverged_training_is_a_result_and_the_other_trials_go_on(
    discs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = maskwright.training.loop.train

    def diverging(parts, plan, **settings):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN003, ANN202
        if plan.loss.mix == "ce":
            raise DivergedError("the loss is no number at step 2: halve the rates")
        return real(parts, plan, **settings)

    monkeypatch.setattr(trial, "train", diverging)
    small = [word for setting in (*SMALL, "split.test=0.34") for word in ("--set", setting)]
    words = ("compare", discs, "--arm", "plain: loss=ce", "--arm", "dice: loss=dice", "--out", tmp_path / "out", *small)
    assert call(*words, "--seeds", 2) == 1
    assert "failed: the loss is no number at step 2" in capsys.readouterr().out
    plain, dice = arms(tmp_path / "out")
    assert plain["failed"]
    assert plain["iou"]["value"] is None  # type: ignore[index]
    assert len(dice["by_seed"]) == 2  # type: ignore[arg-type]
    assert "failed - the loss is no number" in (tmp_path / "out" / "table.md").read_text()


def test_an_arm_that_starts_from_a_failed_arm_fails_too_and_the_others_go_on(
    discs: Path, recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = maskwright.training.loop.train

    def diverging(parts, plan, **settings):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN003, ANN202
        if plan.loss.mix == "dice":
            raise DivergedError("the loss is no number at step 2: halve the rates")
        return real(parts, plan, **settings)

    monkeypatch.setattr(trial, "train", diverging)
    assert call("compare", discs, "--recipe", recipe, "--out", tmp_path / "out") == 1
    failed = {row["name"]: row["failed"] for row in arms(tmp_path / "out")}
    assert failed["goes on | from dice"] == "there is no model to start from: see why 'dice' failed"
    assert failed["plain"] == failed["two photos"] == ""


def test_a_full_gpu_is_tried_again_on_the_next_call(
    discs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> None:
        raise DeviceMemoryError("the GPU's memory does not hold 2 crops of 64 px: --set optim.batch=1")

    small = [word for setting in SMALL for word in ("--set", setting)]
    words = ("compare", discs, "--arm", "plain: loss=ce", "--out", tmp_path / "out", *small)
    with monkeypatch.context() as patched:
        patched.setattr(trial, "train", full)
        assert call(*words) == 1
    assert "failed: the GPU's memory" in capsys.readouterr().out
    assert call(*words, "--resume") == 0
    printed = capsys.readouterr()
    assert "failed" not in printed.out
    assert "compared on 2 held-out photos; --folds 4 compares on all" in printed.out + printed.err


def test_arms_that_need_more_photos_than_exist_are_left_out_and_curves_count_photos(
    discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "photos.toml"
    path.write_text(
        f"""
title = "Photos"
base = {json.dumps([*SMALL, "split.test=0.34"])}
[[arm]]
name = "all"
[[arm]]
name = "two"
set = ["data.photos=2"]
[[arm]]
name = "ninety"
set = ["data.photos=90"]
[[curve]]
title = "Worth"
x = "training photos"
[[curve.line]]
name = "any"
arms = ["two", "ninety", "all"]
"""
    )
    assert call("compare", discs, "--recipe", path, "--out", tmp_path / "out") == 0
    assert "left out, as there are 4 photos to learn from: ninety" in capsys.readouterr().out
    assert [row["name"] for row in arms(tmp_path / "out")] == ["all", "two"]
    assert "| training photos | 2 | 4 |" in (tmp_path / "out" / "table.md").read_text()
    words = ("compare", discs, "--recipe", path, "--out", tmp_path / "other", "--set", "data.photos=3")
    assert "the arm 'two' sets data.photos itself" in refusal(capsys, *words)


def test_every_photo_is_scored_with_folds(discs: Path, tmp_path: Path) -> None:
    small = [word for setting in (*SMALL, "optim.steps=2", "split.folds=interleaved") for word in ("--set", setting)]
    words = ("compare", discs, "--arm", "plain: loss=ce", "--folds", 2, "--out", tmp_path / "out", *small)
    assert call(*words) == 0
    (row,) = arms(tmp_path / "out")
    assert len(row["photo_ious"]) == 6  # type: ignore[arg-type]


def test_minutes_replace_steps(discs: Path, recipe: Path, tmp_path: Path) -> None:
    from maskwright.workflows.compare.job import CompareJob, _settings
    from maskwright.workflows.compare.recipe import find_recipe

    job = CompareJob(discs, tmp_path, find_recipe(str(recipe)), sets=("optim.batch=4",), minutes=2.0)
    words = _settings(job, job.recipe.arm[0], stand_in=False)
    assert words[-3:] == ("optim.batch=4", "optim.minutes=2.0", "optim.steps=0")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "give either --recipe NAME or arms by hand"),
        (("--recipe", "documents/coils", "--arm", "a: loss=ce"), "give either --recipe NAME or arms by hand"),
        (("--arm", "a: zoo=1"), "zoo"),
        (
            ("--arm", "a: loss=ce", "--set", "split.test=0"),
            "nothing is held out to compare on: give --folds 4",
        ),
        (
            ("--arm", "a: loss=ce", "--set", "split.folds=interleaved"),
            "nothing is held out to compare on: give --folds 4",
        ),
        (("--arm", "a: optim.speed=1", "--set", "split.test=0.34"), "optim.speed: unknown key"),
    ],
)
def test_an_impossible_comparison_is_refused_before_any_training(
    discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    assert told in refusal(capsys, "compare", discs, "--out", tmp_path / "out", *words)
    assert not list(tmp_path.glob("out/cells/*"))


def test_photos_of_one_group_are_compared_in_interleaved_folds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for k in range(4):
        save(tmp_path / f"data/images/{k}.png", np.clip(photo(0).astype(int) + k, 0, 255).astype(np.uint8))
        save(tmp_path / f"data/masks/{k}.png", binary(0))
    words = ("--arm", "a: loss=ce", "--arm", "b: loss=dice", *FAST)
    line = refusal(capsys, "compare", tmp_path / "data", "--out", tmp_path / "one", *words)
    assert "form one group" in line
    advice = re.search("--folds 4 --set split.folds=interleaved", line)
    assert advice is not None
    assert call("compare", tmp_path / "data", "--out", tmp_path / "out", *words, *advice[0].split()) == 0
