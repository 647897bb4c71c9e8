import json
import math
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from tensorboardX import SummaryWriter

from maskwright.diagnosis.history.formats.csv_tables import history_from_csv
from maskwright.diagnosis.history.formats.json_logs import history_from_json
from maskwright.diagnosis.history.formats.tfrecords import read_events
from maskwright.diagnosis.history.reading import read_history
from maskwright.errors import DataError


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_a_keras_history_is_a_dict_of_lists(tmp_path: Path) -> None:
    values = {
        "loss": [0.7, 0.5],
        "val_loss": [0.8, 0.6],
        "mean_io_u": [0.4, 0.5],
        "val_mean_io_u": [0.3, 0.4],
        "lr": [1e-3, 1e-4],
    }
    history = read_history(written(tmp_path / "history.json", json.dumps(values)))
    assert (history.unit, history.at.tolist()) == ("epoch", [1.0, 2.0])
    assert history.train_loss.tolist() == [0.7, 0.5]
    assert history.validation_loss.tolist() == [0.8, 0.6]
    assert list(history.metrics) == ["mean_io_u"]
    assert history.metrics["mean_io_u"].validation.tolist() == [0.3, 0.4]
    assert history.rate.tolist() == [1e-3, 1e-4]


@pytest.mark.parametrize("wrap", [lambda v: {"history": v, "params": {"epochs": 2}}, lambda v: v])
def test_json_as_people_write_it(tmp_path: Path, wrap: object) -> None:
    assert callable(wrap)
    values = wrap({"loss": [[0.7], "0.5"], "accuracy": [0.1, None]})
    history = read_history(written(tmp_path / "h.json", json.dumps(values)))
    assert history.train_loss.tolist() == [0.7, 0.5]
    assert np.isnan(history.metrics["accuracy"].train[1])


def test_a_list_of_epochs_and_a_line_an_epoch_are_read_too(tmp_path: Path) -> None:
    rows = [{"epoch": 0, "train_loss": 0.7}, {"epoch": 1, "train_loss": 0.5, "val_iou": 0.3}]
    as_list = read_history(written(tmp_path / "a.json", json.dumps(rows)))
    as_lines = read_history(written(tmp_path / "b.jsonl", "\n".join(map(json.dumps, rows))))
    for history in (as_list, as_lines):
        assert history.at.tolist() == [0.0, 1.0]
        np.testing.assert_array_equal(history.metrics["iou"].validation, [np.nan, 0.3])


def test_a_loss_logged_as_nan_is_not_one_that_was_not_logged(tmp_path: Path) -> None:
    history = read_history(written(tmp_path / "log.csv", "epoch,loss,val_loss\n0,0.7,0.7\n1,nan,\n2,NaN,inf\n"))
    assert history.train_loss.tolist() == [0.7, math.inf, math.inf]
    np.testing.assert_array_equal(history.validation_loss, [0.7, np.nan, np.inf])
    as_json = read_history(written(tmp_path / "h.json", '{"loss": [0.7, NaN, null]}'))
    np.testing.assert_array_equal(as_json.train_loss, [0.7, np.inf, np.nan])


def test_lightnings_rows_with_holes_become_one_row_an_epoch(tmp_path: Path) -> None:
    text = (
        "epoch,lr-Adam,step,train_loss_epoch,train_loss_step,val_iou,val_loss\n"
        ",0.001,49,,,,\n0,,49,,0.9,,\n0,,99,,0.7,,\n0,,99,,,0.3,0.8\n0,,99,0.75,,,\n1,,199,,,0.5,0.6\n1,,199,0.5,,,\n"
    )
    history = read_history(written(tmp_path / "metrics.csv", text))
    assert (history.unit, history.at.tolist()) == ("epoch", [0.0, 1.0])
    assert history.train_loss.tolist() == [0.75, 0.5]
    assert history.validation_loss.tolist() == [0.8, 0.6]
    assert history.metrics["iou"].validation.tolist() == [0.3, 0.5]
    assert history.rate[0] == 0.001
    assert read_history(tmp_path).train_loss.tolist() == [0.75, 0.5]


def test_our_own_history_counts_steps(tmp_path: Path) -> None:
    text = "step,minutes,loss,lr,validation_iou\n25,0.3,2.7,1.7e-03,0.07\n50,0.5,2.3,2.9e-03,\n"
    history = read_history(written(tmp_path / "history.csv", text))
    assert (history.unit, history.at.tolist()) == ("step", [25.0, 50.0])
    assert list(history.metrics) == ["iou"]
    assert history.train_loss.tolist() == [2.7, 2.3]
    assert history.rate.tolist() == [1.7e-3, 2.9e-3]


def test_semicolons_decimal_commas_and_words_in_columns_do_no_harm(tmp_path: Path) -> None:
    text = "\ufeffepoch;loss;val_acc;note\n1;0,7;0,5;warm\n2;0,5;0,6;\n"
    history = read_history(written(tmp_path / "h.csv", text))
    assert history.train_loss.tolist() == [0.7, 0.5]
    assert history.metrics["acc"].validation.tolist() == [0.5, 0.6]
    assert list(history.metrics) == ["acc"]


def test_a_history_without_epochs_counts_its_rows_and_a_repeated_header_is_left_out(tmp_path: Path) -> None:
    history = read_history(written(tmp_path / "h.csv", "loss,iou\n0.7,0.1\nloss,iou\n0.5,0.2\n"))
    assert history.at.tolist() == [1.0, 2.0]
    assert len(history) == 2


def events(folder: Path, scalars: Sequence[tuple[str, int, float]]) -> Path:
    with SummaryWriter(str(folder)) as writer:
        for tag, step, value in scalars:
            writer.add_scalar(tag, value, step)
    return next(folder.glob("*tfevents*"))


def test_tensorboard_events_are_read_as_they_were_written(tmp_path: Path) -> None:
    logged = [
        ("loss/train", 0, 0.75),
        ("loss/val", 0, 0.875),
        ("loss/train", 300, 0.5),
        ("iou/val", 300, math.nan),
        ("big", 2**40, -2.5),
    ]
    path = events(tmp_path, logged)
    found = list(read_events(path))
    assert [(tag, step) for tag, step, _ in found] == [(tag, step) for tag, step, _ in logged]
    np.testing.assert_array_equal([value for _, _, value in found], [value for _, _, value in logged])
    history = read_history(path)
    assert history.unit == "step"
    np.testing.assert_array_equal(history.train_loss, [0.75, 0.5, np.nan])


def test_keras_writes_events_of_each_side_into_a_folder_of_its_name(tmp_path: Path) -> None:
    events(tmp_path / "train", [("epoch_loss", 0, 0.75), ("epoch_loss", 1, 0.5)])
    events(tmp_path / "validation", [("epoch_loss", 0, 0.875), ("epoch_mean_io_u", 1, 0.25)])
    history = read_history(tmp_path)
    assert history.train_loss.tolist() == [0.75, 0.5]
    np.testing.assert_array_equal(history.validation_loss, [0.875, np.nan])
    assert [key for key in history.metrics if "mean_io_u" in key] == list(history.metrics)


def frame(message: bytes) -> bytes:
    return struct.pack("<Q", len(message)) + b"\0" * 4 + message + b"\0" * 4


def field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2, len(content)]) + content


def test_scalars_that_tensorflow_2_writes_as_tensors_are_read(tmp_path: Path) -> None:
    """Bytes by hand: tensors with float_val, with double content, and one of two numbers, which is no scalar."""
    packed = field(1, b"loss") + field(8, b"\x08\x01" + field(5, struct.pack("<f", 0.5)))
    content = field(1, b"iou") + field(8, b"\x08\x02" + field(4, struct.pack("<d", 0.25)))
    image = field(1, b"pair") + field(8, b"\x08\x01" + field(4, struct.pack("<2f", 1, 2)))
    summary = b"".join(field(1, value) for value in (packed, content, image))
    event = b"\x09" + struct.pack("<d", 1.7e9) + b"\x10\x83\x02" + field(5, summary)
    path = tmp_path / "events.out.tfevents.1"
    path.write_bytes(frame(field(3, b"brain.Event:2")) + frame(event) + frame(event)[:-9])
    assert list(read_events(path)) == [("loss", 259, 0.5), ("iou", 259, 0.25)]


BAD = {
    "empty.csv": ("", "no epoch was logged"),
    "header.csv": ("epoch,loss\n", "no epoch was logged"),
    "ragged.csv": ("epoch,loss\n1,0.5,3\n", "row 2 has 3 cells, the header 2"),
    "twice.csv": ("epoch,loss,loss\n1,0.5,0.5\n", "'loss' stands there twice"),
    "bare.csv": ("1,0.5\n2,0.4\n", "add a header"),
    "words.csv": ("epoch,loss\n1,0.5\n2,good\n", "'good' in the column 'loss' is not a number"),
    "time.csv": ("epoch,minutes\n1,0.5\n2,0.7\n", "no column is a loss or a score"),
    "ragged.json": ('{"loss": [1, 2], "val_loss": [1]}', "columns of different lengths (loss 2, val_loss 1)"),
    "none.json": ('{"loss": []}', "no epoch was logged"),
    "scalar.json": ('{"loss": 0.5}', "no list of one value an epoch"),
    "cut.json": ('{"loss": [0.5,', "is not JSON"),
    "list.json": ("[1, 2]", "holds a list"),
    "words.json": ('{"loss": ["good"]}', "is not a number"),
    "history.pkl": ("x", "a pickle may run any code"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_history_is_told_in_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError) as caught:
        read_history(written(tmp_path / name, BAD[name][0]))
    assert BAD[name][1] in str(caught.value)
    assert str(tmp_path / name) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_are_none_of_these_are_told_in_one_line(tmp_path: Path) -> None:
    bad = tmp_path / "events.out.tfevents.2"
    bad.write_bytes(b"\xff" * 40)
    (tmp_path / "photo.csv").write_bytes(b"\xff\xd8\xff\xe0")
    (tmp_path / "pickled").write_bytes(b"\x80\x04}")
    (tmp_path / "no").mkdir()
    empty = events(tmp_path / "silent", [])
    for path, told in (
        (bad, "no TensorBoard event file"),
        (tmp_path / "photo.csv", "not text"),
        (tmp_path / "pickled", "a pickle may run any code"),
        (tmp_path / "no", "neither TensorBoard events nor"),
        (tmp_path / "nowhere.csv", "no such file"),
        (empty, "no scalar was logged"),
    ):
        with pytest.raises(DataError, match=told):
            read_history(path)


def test_two_histories_in_one_folder_must_be_told_apart(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        written(tmp_path / name / "metrics.csv", "epoch,loss\n1,0.5\n")
    with pytest.raises(DataError, match="holds 2 histories"):
        read_history(tmp_path)


def test_the_side_of_events_is_that_of_their_folder_whatever_comes_first(tmp_path: Path) -> None:
    events(tmp_path / "eval", [("Loss/total_loss", 0, 0.875), ("Loss/total_loss", 1, 0.9)])
    events(tmp_path / "train", [("Loss/total_loss", 0, 0.75), ("Loss/total_loss", 1, 0.5)])
    history = read_history(tmp_path)
    assert history.train_loss.tolist() == [0.75, 0.5]
    np.testing.assert_allclose(history.validation_loss, [0.875, 0.9], atol=1e-6)


def test_events_of_two_trainings_must_be_told_apart(tmp_path: Path) -> None:
    for version in ("version_0", "version_1"):
        events(tmp_path / version, [("loss", 0, 0.75), ("loss", 1, 0.5)])
    with pytest.raises(DataError, match=r"holds 2 trainings \(version_0, version_1\); name the one folder"):
        read_history(tmp_path)
    assert read_history(tmp_path / "version_1").train_loss.tolist() == [0.75, 0.5]


def test_sides_in_the_names_of_scalars_do_not_make_two_trainings_one(tmp_path: Path) -> None:
    for version in ("lr_0.1", "lr_0.01"):
        events(tmp_path / version, [("Loss/train", 0, 0.75), ("Loss/train", 1, 0.5), ("IoU/val", 1, 0.5)])
    with pytest.raises(DataError, match=r"holds 2 trainings"):
        read_history(tmp_path)


def test_events_with_epochs_are_counted_in_epochs(tmp_path: Path) -> None:
    logged = [(tag, step, value) for step in (10, 20, 30) for tag, value in (("epoch", step // 10), ("loss", 0.5))]
    history = read_history(events(tmp_path, logged))
    assert history.unit == "epoch"
    assert history.at.tolist() == [1, 2, 3]


def test_scores_without_a_side_are_of_validation_where_the_training_loss_says_its_own() -> None:
    fastai = history_from_csv("epoch,train_loss,valid_loss,dice\n0,0.9,0.8,0.1\n1,0.7,0.7,0.2\n", source="fastai")
    assert fastai.metrics["dice"].validation.tolist() == [0.1, 0.2]
    rows = [f'{{"step": {step}, "loss": {1 / step}}}' for step in range(1, 41)]
    rows += [f'{{"step": {step}, "mIoU": 0.33}}' for step in (10, 20, 30, 40)]
    assert len(history_from_json("\n".join(rows), source="mmseg").metrics["mIoU"].train) == 0
    keras = history_from_csv("epoch,loss,iou,val_loss,val_iou\n0,0.9,0.3,0.8,0.1\n1,0.7,0.4,0.7,0.2\n", source="keras")
    assert keras.metrics["iou"].train.tolist() == [0.3, 0.4]
    bare = history_from_csv("epoch,loss,iou\n0,0.9,0.3\n1,0.7,0.4\n", source="bare")
    assert bare.metrics["iou"].train.tolist() == [0.3, 0.4]


def test_scalars_in_folders_of_their_own_are_one_training(tmp_path: Path) -> None:
    events(tmp_path, [("loss", 0, 0.75), ("loss", 1, 0.5)])
    for name in ("cat", "dog"):
        events(tmp_path / f"IoU_{name}", [("IoU", 0, 0.25), ("IoU", 1, 0.5)])
    history = read_history(tmp_path)
    assert history.train_loss.tolist() == [0.75, 0.5]
    assert len(history.metrics) == 2
