"""Histories in other languages: a fault in them is named, a sound training raises nothing."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.field.tool_logs import Training, drawn_training
from maskwright.diagnosis.curves.history_findings import history_findings
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.history import History
from maskwright.diagnosis.history.reading import read_history
from maskwright.diagnosis.history.translation import in_english, keys_in_english


def chinese(t: Training) -> str:
    return "".join(f"第{i + 1}轮 训练损失: {a} 验证损失: {b} 验证mIoU: {s}\n" for i, a, b, s in t.rows())


def japanese(t: Training) -> str:
    return "".join(f"エポック {i + 1}\n 訓練損失 = {a} 検証損失 = {b} 検証IoU = {s}\n" for i, a, b, s in t.rows())


def korean(t: Training) -> str:
    return "".join(f"[에포크 {i + 1}] 훈련 손실: {a} 검증 손실: {b} 검증 Dice: {s}\n" for i, a, b, s in t.rows())


def russian(t: Training) -> str:
    return "".join(
        f"Эпоха {i + 1}/24: потери на обучении {a}, потери на валидации {b}, IoU на валидации {s}\n"
        for i, a, b, s in t.rows()
    )


def german_table(t: Training) -> str:
    rows = [f"{i + 1};{a};{b};{s}".replace(".", ",") for i, a, b, s in t.rows()]
    return "\n".join(["Epoche;Trainingsverlust;Validierungsverlust;Validierungs-IoU", *rows])


def french_table(t: Training) -> str:
    rows = [f"{i + 1},{a},{b},{s}" for i, a, b, s in t.rows()]
    return "\n".join(["Époque,Perte entraînement,Perte validation,IoU validation", *rows])


LANGUAGES: dict[str, Callable[[Training], str]] = {
    "chinese.log": chinese,
    "japanese.txt": japanese,
    "korean.txt": korean,
    "russian.txt": russian,
    "german.csv": german_table,
    "french.csv": french_table,
}


def read(folder: Path, name: str, training: Training) -> History:
    (folder / name).write_text(LANGUAGES[name](training), encoding="utf-8")
    return read_history(folder / name)


def warned(history: History) -> list[str]:
    return [f.code for f in history_findings(Evidence(history=history)) if f.severity != "note"]


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_number_is_read_and_a_sound_training_raises_nothing(tmp_path: Path, name: str) -> None:
    drawn = drawn_training(0)
    history = read(tmp_path, name, drawn)
    np.testing.assert_allclose(history.train_loss, drawn.loss)
    np.testing.assert_allclose(history.validation_loss, drawn.val_loss)
    (score,) = history.metrics.values()
    np.testing.assert_allclose(score.validation, drawn.score)
    assert warned(history) == []


@pytest.mark.parametrize("name", LANGUAGES)
def test_overfitting_is_named(tmp_path: Path, name: str) -> None:
    drawn = drawn_training(0)
    rises = [loss + 0.03 * max(0, i - 8) for i, loss in enumerate(drawn.val_loss)]
    falls = [score - 0.012 * max(0, i - 8) for i, score in enumerate(drawn.score)]
    assert warned(read(tmp_path, name, Training(drawn.loss, rises, falls)))[:1] == ["overfitting"]


def test_english_words_that_begin_alike_stay() -> None:
    text = "tested 3 epochs, testing loss 0.3, properties: pertinent, prueba-net, verluster"
    assert in_english(text.replace("prueba-net", "x")) == text.replace("prueba-net", "x")


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("perte: 0.7 - perte_val: 0.8 - exactitude: 0.9", "loss: 0.7 - loss_val: 0.8 - accuracy: 0.9"),
        ("época;pérdida;pérdida_val", "epoch;loss;loss_val"),
        ("训练_损失: 0.3", "train_loss: 0.3"),
    ],
)
def test_words_joined_by_an_underscore_are_translated(text: str, english: str) -> None:
    assert in_english(text) == english


@pytest.mark.parametrize(
    ("field", "ascii_only"),
    [("D:\\ubadcafe\\x", True), ("a\u2028b\u0085c", True), ("a\u2028b\u0085c", False), ("🚀", True)],
)
def test_json_lines_with_any_text_beside_the_numbers_are_read(tmp_path: Path, field: str, ascii_only: bool) -> None:
    rows = [{"file": field, "epoch": i, "损失": 0.8 - i / 10, "验证损失": 0.9 - i / 10} for i in range(4)]
    text = "\n".join(json.dumps(row, ensure_ascii=ascii_only) for row in rows)
    (tmp_path / "log.jsonl").write_text(text, encoding="utf-8")
    history = read_history(tmp_path / "log.jsonl")
    np.testing.assert_allclose(history.train_loss, [0.8, 0.7, 0.6, 0.5])
    np.testing.assert_allclose(history.validation_loss, [0.9, 0.8, 0.7, 0.6])


def test_a_key_that_would_stand_twice_in_english_stays() -> None:
    assert keys_in_english({"loss": [1], "损失": [2]}) == {"loss": [1], "损失": [2]}
