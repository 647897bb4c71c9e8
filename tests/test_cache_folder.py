from pathlib import Path

import pytest

from maskwright.cache_folder import CONTENTS, cache_folder, filled_once
from maskwright.errors import OutputError


def fill(folder: Path) -> None:
    (folder / "photos").mkdir()
    for name in ("a.png", "b.png"):
        (folder / "photos" / name).write_text(name)


def refuse(_: Path) -> None:
    raise AssertionError("filled although nothing is missing")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "photos").iterdir())


def test_a_folder_is_filled_once(tmp_path: Path) -> None:
    assert names(filled_once(tmp_path / "c" / "k", fill)) == ["a.png", "b.png"]
    assert names(filled_once(tmp_path / "c" / "k", refuse)) == ["a.png", "b.png"]
    assert sorted(path.name for path in (tmp_path / "c").iterdir()) == ["k", f"k{CONTENTS}"]


@pytest.mark.parametrize("kind", ["removed", "emptied", "whole folder", "list"])
def test_a_folder_of_which_a_cleaner_took_a_part_is_filled_again(tmp_path: Path, kind: str) -> None:
    folder = filled_once(tmp_path / "k", fill)
    match kind:
        case "removed":
            (folder / "photos" / "b.png").unlink()
        case "emptied":
            (folder / "photos" / "b.png").write_text("")
        case "whole folder":
            folder.rename(tmp_path / "away")
        case _:
            (tmp_path / f"k{CONTENTS}").unlink()
    filled_once(folder, fill)
    assert (folder / "photos" / "b.png").read_text() == "b.png"


def test_a_link_whose_original_is_gone_is_made_again(tmp_path: Path) -> None:
    original = tmp_path / "original.png"
    original.write_text("")
    folder = filled_once(tmp_path / "c" / "k", lambda new: (new / "link.png").symlink_to(original))
    original.unlink()
    filled_once(folder, fill)
    assert names(folder) == ["a.png", "b.png"]


def test_the_second_of_two_processes_takes_what_the_first_one_filled(tmp_path: Path) -> None:
    def slowly(folder: Path) -> None:
        filled_once(tmp_path / "k", fill)
        fill(folder)

    assert names(filled_once(tmp_path / "k", slowly)) == ["a.png", "b.png"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["k", f"k{CONTENTS}"]


def test_nothing_is_left_where_filling_fails(tmp_path: Path) -> None:
    def full(folder: Path) -> None:
        fill(folder)
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="No space left on device; set XDG_CACHE_HOME"):
        filled_once(tmp_path / "k", full)
    assert not list(tmp_path.iterdir())


def test_a_cache_that_cannot_be_written_is_one_line_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").write_text("a file")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(OutputError, match=r"cannot fill .*set XDG_CACHE_HOME"):
        filled_once(cache_folder("unpacked") / "k", fill)


def test_without_a_home_folder_the_refusal_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(OutputError, match="XDG_CACHE_HOME"):
        cache_folder("unpacked")
