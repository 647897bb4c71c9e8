import html
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.classes import class_table
from maskwright.diagnosis.diagnose import Diagnosis, examine
from maskwright.diagnosis.evidence.evidence import Evidence, Storage
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.evidence.from_folders import read_folders
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.mask_reader import COLOUR_BIT
from maskwright.report.diagnosis_page import render_diagnosis
from maskwright.report.diagnosis_pictures import picture_of, pictures_of
from maskwright.report.error_maps import EXTRA, MISSED
from maskwright.report.fix_script import fix_script
from tests.report.test_rendering import Page

SHIFTED = Finding("pred-shifted", "error", "Predictions are shifted", "they lie 3 px right", "cut `3` px off")
FLAT = Finding("steps-few", "warning", "The loss is flat", "it fell by 1 %", "raise the rate")
OBJECT = class_table(("background", "object"))
NOTE = Finding("not-checked", "note", "Not everything could be checked", "the threshold", "give more")


def page_of(*findings: Finding) -> Page:
    return Page(render_diagnosis(Diagnosis(findings, {}), Evidence(), {}))


def page_of_pairs(pairs: list[tuple[Mask, Mask]]) -> Page:
    evidence = read_pairs(pairs, classes=OBJECT)
    return Page(render_diagnosis(examine(evidence), evidence, {}))


def drawn_truths() -> list[Mask]:
    """Return eight masks with one rectangle each, away from the edges."""
    truths = []
    for number in range(8):
        truth = np.zeros((96, 128), np.uint8)
        truth[20 + number : 50 + 2 * number, 24 + 3 * number : 70 + 4 * number] = 1
        truths.append(truth)
    return truths


def test_the_first_cause_is_the_title_and_answers_what_is_wrong_and_what_to_do() -> None:
    words = page_of(SHIFTED, FLAT, NOTE).words
    assert "What is wrong? Error They lie 3 px right." in words
    assert "And 1 more: The loss is flat." in words
    assert re.search(r"What to do\? cut 3 px off", words)


def test_notes_alone_mean_that_no_fault_was_found() -> None:
    words = page_of(NOTE).words
    assert "No fault was found" in words
    assert "What is wrong? Nothing" in words
    assert "What to do? Nothing needs mending in what was given." in words


def test_a_score_close_to_1_asks_whether_the_photos_were_held_out() -> None:
    words = page_of_pairs([(truth, truth) for truth in drawn_truths()]).words
    assert (
        "Can I trust this? Partly A score this close to 1 is rare on new photos. It counts if these photos were"
        in words
    )
    assert "Nothing needs mending in what was given. Predict other labelled photos, which were not used" in words
    assert "maskwright diagnose --truth new_masks/ --pred new_predictions/ Copy" in words
    assert "too low for you" not in words
    fair = [(truth, np.roll(truth, (-1) ** i, axis=1)) for i, truth in enumerate(drawn_truths())]
    assert "If the score is too low for you" in page_of_pairs(fair).words


def test_a_shift_says_which_number_is_rows_and_that_one_remedy_is_enough() -> None:
    words = page_of_pairs([(truth, np.roll(truth, 9, axis=1)) for truth in drawn_truths()]).words
    assert "What to do? Do one of the two: Undo it in the predictions. In Python, for each prediction" in words
    assert "The two numbers in brackets are rows and columns. Mend your code:" in words


def test_squares_that_nothing_undoes_are_not_said_to_be_undone() -> None:
    """Thin lines in large squares: no smoothing gives anything back."""
    truths = [np.zeros((160, 160), np.uint8) for _ in range(8)]
    for i, truth in enumerate(truths):
        for at in range(5 + i, 160, 37):
            truth[:, at] = truth[at] = 1
    squares = [np.kron(t.reshape(20, 8, 20, 8).max(axis=(1, 3)), np.ones((8, 8), np.uint8)) for t in truths]
    words = page_of_pairs(list(zip(truths, squares, strict=True))).words
    assert "Predictions consist of squares" in words
    assert "Can I trust this? Partly It shows in your 8 pairs, but it cannot be undone there" in words
    assert "IoU once mended" not in words


def test_the_answer_can_be_trusted_where_the_fault_was_undone_and_partly_where_it_was_not() -> None:
    shifted = [(truth, np.roll(truth, 9, axis=1)) for truth in drawn_truths()]
    page = page_of_pairs(shifted)
    assert "Can I trust this? Yes The fault was undone in copies of your 8 pairs" in page.words
    assert "Can I trust this? Partly Only the training's log was read" in page_of(FLAT).words
    healthy = page_of_pairs([(truth, np.roll(truth, (-1) ** i, axis=1)) for i, truth in enumerate(drawn_truths())])
    assert "Can I trust this? Yes All pixels of 8 pairs were compared" in healthy.words


def test_the_page_offers_a_program_that_mends_every_file_and_it_does(tmp_path: Path) -> None:
    truths, folder = drawn_truths(), tmp_path / "predictions"
    (tmp_path / "masks").mkdir()
    folder.mkdir()
    for number, truth in enumerate(truths):
        Image.fromarray(truth).save(tmp_path / "masks" / f"{number}.png")
        shifted = folder / f"{number}.png" if number else folder / "more" / "0.PNG"
        shifted.parent.mkdir(exist_ok=True)
        Image.fromarray(np.roll(truth, (4, 9), axis=(0, 1))).save(shifted)
    evidence = read_folders(tmp_path / "masks", folder)
    program = fix_script(examine(evidence).findings[0].fix, evidence.storage)
    assert program in html.unescape(render_diagnosis(examine(evidence), evidence, {}))
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    written = tmp_path / "predictions-mended"
    paths = [written / "more" / "0.PNG", *sorted(written.glob("*.png"))]
    mended = [np.asarray(Image.open(path)) for path in paths]
    assert len(mended) == len(truths)
    assert all(np.array_equal(a, b) for a, b in zip(mended, truths, strict=True))


def test_the_program_ends_with_a_line_where_there_are_no_predictions(tmp_path: Path) -> None:
    program = fix_script("Undo it: `prediction = np.roll(prediction, 3)`.", Storage(suffix=".png"))
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "predictions holds no PNG file: write your folder of predictions behind `folder =`\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("fix", "storage"),
    [
        ("Undo it: `prediction = np.roll(prediction, 3)`.", Storage(suffix=".npy")),
        ("Undo it: `prediction = cv2.resize(prediction, (width, height))`.", Storage(suffix=".png")),
        ("Undo it: `prediction = lookup[prediction]`.", Storage(suffix=".png", values=(COLOUR_BIT + 7,))),
        ("Cut `3` px off.", Storage(suffix=".png")),
    ],
)
def test_no_program_is_offered_where_it_could_go_wrong(fix: str, storage: Storage) -> None:
    assert fix_script(fix, storage) == ""


def test_a_picture_shows_the_photo_that_the_finding_names() -> None:
    empty, full = np.zeros((80, 120), np.uint8), np.zeros((80, 120), np.uint8)
    full[20:60, 30:90] = 1
    false = empty.copy()
    false[5:25, 5:40] = 1
    missed = np.zeros_like(full)
    sound, strays = (
        [(np.roll(full, k, 1),) * 2 for k in range(8)],
        [(empty, np.roll(false, 3 * k, 1)) for k in range(8)],
    )
    evidence = read_pairs([*sound, (full, missed), *strays], classes=OBJECT)
    finding = next(f for f in examine(evidence).findings if f.code == "empty-positives")
    picture = picture_of(finding, evidence, None)
    assert picture is not None
    assert picture.photo in finding.photos
    assert picture.words == ("As given: 7.3% of the pixels are wrong (7.3% extra)",)


def test_wrong_pixels_are_filled_in_the_colour_of_their_error() -> None:
    truth = np.zeros((96, 128), np.uint8)
    truth[20:70, 20:70] = 1
    shifted = np.roll(truth, 20, axis=1)
    evidence = read_pairs([(truth, shifted)] * 4, classes=OBJECT)
    picture = picture_of(SHIFTED, evidence, None)
    assert picture is not None
    (panel,) = picture.panels
    blue, orange = (np.abs(panel.astype(int) - colour).sum(axis=2) < 120 for colour in (MISSED, EXTRA))
    assert blue.mean() > 0.05
    assert orange.mean() > 0.05


def test_thin_objects_are_shown_where_most_errors_are_and_large_enough() -> None:
    truth = np.zeros((300, 400), np.uint8)
    truth[::40, :] = 1
    wrong = truth.copy()
    wrong[205:230, 300:380] = 1
    evidence = read_pairs([(truth, wrong)] * 4, classes=OBJECT)
    picture = picture_of(SHIFTED, evidence, None)
    assert picture is not None
    (panel,) = picture.panels
    assert panel.shape == (360, 480, 3)
    orange = np.abs(panel.astype(int) - EXTRA).sum(axis=2) < 150
    assert orange.mean() > 0.04


def test_a_photo_that_undoing_takes_away_is_shown_as_given_alone() -> None:
    truths = [np.zeros((80, 120), np.uint8) for _ in range(6)]
    predictions = [t.copy() for t in truths]
    for i, prediction in enumerate(predictions):
        prediction[20:60, 20 + 5 * i : 80 + 5 * i] = 1
        if i > 2:
            truths[i][20:60, 20 + 5 * i : 80 + 5 * i] = 1
    diagnosis = examine(read_pairs(list(zip(truths, predictions, strict=True)), classes=OBJECT))
    assert diagnosis.findings[0].code == "truth-empty"
    picture = pictures_of(diagnosis)["truth-empty"]
    assert picture.photo in diagnosis.findings[0].photos
    assert len(picture.panels) == 1


def test_a_poor_score_without_a_fault_says_what_to_give_next() -> None:
    unexplained = Finding("score-unexplained", "note", "No fault explains the score", "the IoU is 0.31", "give photos")
    words = page_of(unexplained, NOTE).words
    assert "What is wrong? Unexplained The IoU is 0.31." in words
    assert "What to do? give photos" in words
