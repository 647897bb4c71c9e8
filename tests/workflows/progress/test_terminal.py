import sys

import pytest

from maskwright.training.progress import Progress
from maskwright.workflows.progress.terminal import Bars, text_screen, training_bar


def test_progress_is_a_line_now_and_then_where_there_is_no_terminal() -> None:
    lines: list[str] = []
    show = text_screen(lines.append).watch("training")
    for step in range(1, 101):
        show(Progress(step, 100, float(step), 0.5, 0.75 if step == 100 else None))
    assert len(lines) == 20
    assert lines[0] == "training: step 5/100  loss 0.500  about 95 s left"
    assert lines[-1] == "training: step 100/100  loss 0.500  validation IoU 0.750 (working scale)  about 0 s left"


def test_progress_is_a_bar_on_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    show = text_screen(print).watch("fold 1 of 2")
    show(Progress(1, 2, 1.0, 0.5, None))
    show(Progress(2, 2, 2.0, 0.25, 0.5))
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "fold 1 of 2" in captured.err
    assert "loss 0.250 █▁ IoU 0.500" in captured.err


@pytest.mark.parametrize(
    ("work", "counted"),
    [
        ("reading pairs", "pairs"),
        ("reading masks", "masks"),
        ("looking for faults", "steps"),
        ("checking", "photos"),
        ("predicting windows", "windows"),
        ("writing strips", "strips"),
    ],
)
def test_a_bar_counts_what_its_work_is_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, work: str, counted: str
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    text_screen(print).count(work, 2)()
    assert f"2 {counted}" in capsys.readouterr().err


def test_photos_are_counted_on_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    step = text_screen(print).count("checking", 2)
    step()
    step()
    assert "checking" in capsys.readouterr().err


def test_a_bar_leaves_what_goes_into_a_file_alone_and_ends_with_the_next_one() -> None:
    file, bars, begun = sys.stdout, Bars(), []
    for step in (1, 1, 9):  # two trainings that failed at their first step, and one that ended
        show = training_bar("training", bars)
        begun += bars.shown
        show(Progress(step, 9, 1.0, 0.5, None))
        assert sys.stdout is file
    assert bars.shown == []
    assert len(begun) == 3
    assert not any(bar.live.is_started for bar in begun)
