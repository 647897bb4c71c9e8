import json
import os
import re
import stat
from pathlib import Path

import pytest

from maskwright.errors import DataError, FileError, OutputError, RunError
from maskwright.files import (
    make_folder,
    read_json,
    read_text,
    read_toml,
    reading,
    remove_matching,
    spreadsheet_cell,
    write_bytes,
    write_json,
    write_text,
    write_with,
)
from tests.support.commands import left_over


def full(path: Path) -> None:
    path.write_bytes(b"half of")
    raise OSError(28, "No space left on device")


def test_a_file_is_written_with_the_folders_above_it(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a" / "b" / "c.bin", b"\x00\x01")
    assert (tmp_path / "a" / "b" / "c.bin").read_bytes() == b"\x00\x01"
    assert left_over(tmp_path) == []


def test_a_write_that_fails_leaves_the_old_file_whole_and_nothing_beside_it(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "old")
    with pytest.raises(OutputError, match=r"cannot write .*a\.txt: No space left on device; free some space"):
        write_with(tmp_path / "a.txt", full)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.txt", "old")]


def test_an_interrupted_write_leaves_nothing(tmp_path: Path) -> None:
    def interrupted(path: Path) -> None:
        path.write_bytes(b"half of")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_with(tmp_path / "a.txt", interrupted)
    assert list(tmp_path.iterdir()) == []


def test_while_a_file_is_written_its_name_holds_the_old_one(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "old")
    seen = []

    def write(temporary: Path) -> None:
        temporary.write_text("new")
        seen.append((tmp_path / "a.txt").read_text())
        assert temporary.suffix == ".txt"

    write_with(tmp_path / "a.txt", write)
    assert seen == ["old"]
    assert (tmp_path / "a.txt").read_text() == "new"


def test_files_have_the_rights_that_other_new_files_have(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    write_text(tmp_path / "ours", "")
    assert stat.S_IMODE((tmp_path / "ours").stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


def test_a_full_device_is_an_error_that_says_so(tmp_path: Path) -> None:
    if not Path("/dev/full").is_char_device():
        pytest.skip("this system has no /dev/full")
    (tmp_path / "full").symlink_to("/dev/full")
    with pytest.raises(OutputError, match="No space left on device"):
        write_text(tmp_path / "full", "text")


def test_what_is_no_file_is_written_straight_and_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_text(tmp_path / "pipe", "through")
    assert os.read(reader, 100) == b"through"
    os.close(reader)
    assert (tmp_path / "pipe").is_fifo()


def test_a_link_stays_a_link_and_its_file_gets_the_text(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    write_text(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "new"


@pytest.mark.parametrize("below", ["file/x", "file/x/y"])
def test_no_folder_can_be_made_below_a_file(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"cannot create the folder .*; choose another place"):
        make_folder(tmp_path / below)
    with pytest.raises(OutputError):
        write_text(tmp_path / below / "z", "")


def test_a_folder_is_not_overwritten_by_a_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match=r"cannot write .*folder: Is a directory"):
        write_text(tmp_path / "folder", "")
    assert left_over(tmp_path) == []


def test_json_refuses_what_no_other_reader_knows(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"iou": None})
    assert json.loads((tmp_path / "a.json").read_text()) == {"iou": None}
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"iou": float("nan")})


def test_a_file_name_that_is_no_text_does_not_stop_a_table(tmp_path: Path) -> None:
    write_text(tmp_path / "a.csv", "di\udcffsc.png,1\n")
    assert (tmp_path / "a.csv").read_text() == "di\\udcffsc.png,1\n"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_a_csv_cell_that_a_spreadsheet_takes_for_a_formula_is_quoted(text: str) -> None:
    assert spreadsheet_cell(text) == f"'{text}"
    assert spreadsheet_cell(f"photo{text}") == f"photo{text}"


@pytest.mark.parametrize(
    "text",
    ["", "{", "[" * 5000 + "]" * 5000, "[" * 70 + "]" * 70, "9" * 5000, "\ufeff{", '{"a": \'}'],
)
def test_json_that_cannot_be_read_is_one_line_with_the_name_of_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(FileError) as refusal:
        read_json(tmp_path / "run.json")
    assert str(tmp_path / "run.json") in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 400


@pytest.mark.parametrize("text", ["a =", "a = " + "[" * 5000, "a = " + "[" * 70 + "]" * 70, "a = " + "9" * 5000])
def test_toml_that_cannot_be_read_is_one_line_with_the_name_of_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.toml").write_text(text)
    with pytest.raises(FileError, match=r"plan\.toml"):
        read_toml(tmp_path / "plan.toml")


def test_files_are_read_up_to_a_size_and_only_as_text(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_bytes(b"\xef\xbb\xbfabc")
    assert read_text(path) == "abc"
    with pytest.raises(FileError, match="too large: more than"):
        read_text(path, most_bytes=3)
    path.write_bytes(b"\xff")
    with pytest.raises(FileError, match="not UTF-8 text"):
        read_text(path)
    with pytest.raises(FileError, match=r"cannot read .*none: No such file"):
        read_text(tmp_path / "none")
    with pytest.raises(FileError, match="Is a directory"):
        read_text(tmp_path)


def test_whatever_a_reader_raises_becomes_the_error_that_is_wanted(tmp_path: Path) -> None:
    with (
        pytest.raises(RunError, match=r"x is damaged \(KeyError: 'a'\): train again"),
        reading(tmp_path / "x", error=RunError, advice="train again"),
    ):
        raise KeyError("a")
    with pytest.raises(DataError, match="as it was"), reading(tmp_path / "x", error=RunError):
        raise DataError("as it was")


def test_only_the_files_that_a_pattern_names_are_removed_and_folders_that_are_empty_then(tmp_path: Path) -> None:
    for name in ("work/a/1.npy", "work/a/notes.txt", "work/b/2.npy", "work/3.npy"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    remove_matching(tmp_path / "work", re.compile(r"[ab]/\d\.npy"))
    left = sorted(path.relative_to(tmp_path).as_posix() for path in (tmp_path / "work").rglob("*"))
    assert left == ["work/3.npy", "work/a", "work/a/notes.txt"]
    remove_matching(tmp_path / "absent", re.compile(".*"))
