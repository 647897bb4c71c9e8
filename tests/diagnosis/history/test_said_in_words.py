"""Warnings in a log's text are findings; the same lines of healthy trainings are not."""

from pathlib import Path

import pytest

from maskwright.diagnosis.curves.history_findings import history_findings
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.reading import read_history
from maskwright.diagnosis.history.said_in_words import said_in

RUN = Path("run.log")
WARNING = "WARNING:tensorflow:Your input ran out of data; interrupting training. Make sure that"


def variants(text: str, path: Path = RUN) -> list[tuple[str, str]]:
    return [(said.variant, said.severity) for said in said_in(text, path)]


def removed(gone: int, left: int) -> str:
    return f"[06/18 14:31] d2.data.build INFO: Removed {gone} images with no usable annotations. {left} images left."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (removed(187, 25), [("dropped", "warning")]),
        (removed(40, 160), [("dropped", "note")]),
        (removed(0, 200), []),
        (f"Epoch 1/50\n 88/704 [==>....] - ETA: 3:10 - loss: 0.47\n{WARNING}", [("ran-out", "warning")]),
        (f"Epoch 49/50\n\nEpoch 50/50\n 88/88 [=====] - 4s - loss: 0.1\n{WARNING}", [("ran-out", "note")]),
        (
            "WARNING Box and segment counts should be equal, but got len(segments) = 140, len(boxes) = 198. To resolve",
            [("boxes-only", "warning")],
        ),
        ("val: WARNING No labels found in /data/valid/labels.cache, can not start", [("no-labels", "warning")]),
        ("val: Scanning labels.cache... 60 images, 0 backgrounds, 0 corrupt", []),
    ],
)
def test_what_programs_say_is_read(text: str, expected: list[tuple[str, str]]) -> None:
    assert variants(text) == expected


@pytest.mark.parametrize("share", [0.98, 0.02])
@pytest.mark.parametrize(
    "line",
    [
        "Iter(train) [ 50/400]  lr: 1e-2  eta: 5:00  time: {whole:.4f}  data_time: {data:.4f}  loss: 1.4",
        "iter: 19  total_loss: 2.4  time: {whole:.4f}  last_time: 0.1  data_time: {data:.4f}  lr: 5e-06",
        "[TRAIN] epoch: 1, iter: 10/1000, loss: 0.6, batch_cost: {whole:.4f}, reader_cost: {data:.5f}, ips: 8",
    ],
)
def test_time_waited_for_photos_is_named(line: str, share: float) -> None:
    text = "\n".join(line.format(whole=2.0, data=2.0 * share) for _ in range(6))
    assert variants(text) == ([("waits", "warning")] if share > 0.5 else [])
    assert variants(f"Iter(val) [1/4] {line.format(whole=2.0, data=2.0)}\n" * 6) == []


def nnunet(split: str) -> str:
    return (
        f"unpacking dataset...\n{split}do_dummy_2d_data_aug: False\nEpoch 0\npredicting case_01\npredicting case_02\n"
    )


def test_fold_all_of_nnunet_is_named(tmp_path: Path) -> None:
    log = tmp_path / "fold_all" / "training_log.txt"
    split = "Desired fold for training: 0\nThis split has 16 training and 4 validation cases.\n"
    assert variants(nnunet(""), log) == variants(nnunet("")) == [("all-folds", "warning")]
    assert variants(nnunet("Desired fold for training: all\n")) == [("all-folds", "warning")]
    assert variants(nnunet(split)) == []


def test_what_a_log_says_is_named_before_what_its_curves_show(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    rows = [f"iter: {20 * i}  total_loss: {2 * 0.9**i:.4f}  lr: 0.001" for i in range(1, 30)]
    log.write_text("\n".join([removed(187, 25), *rows]), encoding="utf-8")
    findings = history_findings(Evidence(history=read_history(log)))
    assert [f.code for f in findings if f.severity != "note"] == ["log-warns"]
    assert "iscrowd" in findings[0].fix
