import pytest

from maskwright.report.commands import command_row, with_commands, with_place
from tests.report.test_rendering import Page


def test_a_command_that_ends_its_sentence_gets_a_row_with_a_button_and_the_place_where_it_is_typed() -> None:
    html = with_commands("Undo it: `prediction = np.fliplr(prediction)`. Then look for `flip`.")
    page = Page(f"<div>{html}</div>")
    assert page.words.startswith("Undo it. In Python, for each prediction before it is saved: prediction = np.fliplr")
    assert page.words.endswith("Copy Then look for flip.")
    assert html.count("<button") == 1


@pytest.mark.parametrize(
    "fix", ["Run `maskwright check DATA`.", "Use `mask = (mask > 0)`, or none.", "Set `--net unet`.", "a ` alone"]
)
def test_code_that_cannot_be_pasted_as_it_is_stays_in_its_sentence(fix: str) -> None:
    assert "<button" not in with_commands(fix)
    assert with_place(fix) == []


def test_what_stands_in_a_fix_is_escaped() -> None:
    assert "<b>" not in with_commands("<b> `prediction = x < y`. <b>")
    assert 'x</span> <span class="word">&lt;' in with_commands("<b> `prediction = x < y`. <b>")


def test_the_words_of_a_command_are_copied_as_they_are_typed() -> None:
    assert "maskwright predict run new --out masks" in Page(command_row("maskwright predict run new --out masks")).words


def test_one_of_two_remedies_is_enough_and_both_are_numbered() -> None:
    html = with_commands("Do one of the two. Undo it: `mask = mask[::-1]`. Or mend your code: sort the names.")
    assert html.startswith("<p>Do one of the two:</p>")
    assert html.count("<li>") == 2
    words = Page(f"<div>{html}</div>").words
    assert words.startswith("Do one of the two: Undo it. In Python, for each mask: mask = mask[::-1] Copy")
    assert words.endswith("Mend your code: sort the names.")
    assert "<ol>" not in with_commands("Do one of the two. Then look again.")
