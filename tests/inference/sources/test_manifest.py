import sys
from pathlib import Path

import pytest

from maskwright.errors import ConfigError, DataError
from maskwright.inference.sources.manifest import is_manifest, manifest_rows, shard_of


def test_manifests_stand_for_what_they_list(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("# photos\none.jpg\n\n  sub/*.png \n/abs/two.jpg\n")
    (tmp_path / "b.csv").write_text('id,Path\n1,three.jpg\n2,"four, five.jpg"\n3,\n')
    (tmp_path / "c.tsv").write_text("six.jpg\tx\nseven.jpg\ty\n")
    names = [row for name in ("a.txt", "b.csv", "c.tsv") for row in manifest_rows(str(tmp_path / name))]
    below = ["one.jpg", "sub/*.png", None, "three.jpg", "four, five.jpg", "six.jpg", "seven.jpg"]
    assert names == ["/abs/two.jpg" if name is None else str(tmp_path / name) for name in below]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_lists_that_windows_wrote_are_read(tmp_path: Path, encoding: str) -> None:
    text = 'photos\\é 1.jpg\r\n"photos/two.jpg"\r\n~$open.jpg\r\n\r\n'
    (tmp_path / "list.txt").write_bytes(text.encode(encoding))
    (tmp_path / "list.csv").write_bytes(("path\r\n" + text).encode(encoding))
    listed = [str(tmp_path / name) for name in ("photos/é 1.jpg", "photos/two.jpg", "~$open.jpg")]
    assert manifest_rows(str(tmp_path / "list.txt")) == listed
    assert manifest_rows(str(tmp_path / "list.csv")) == listed


@pytest.mark.skipif(sys.platform == "win32", reason="no file of Windows has a backslash in its name")
def test_a_backslash_in_the_name_of_a_file_stays(tmp_path: Path) -> None:
    (tmp_path / "a\\b.jpg").touch()
    (tmp_path / "list.txt").write_text("a\\b.jpg\n")
    assert manifest_rows(str(tmp_path / "list.txt")) == [str(tmp_path / "a\\b.jpg")]


def test_a_parquet_file_is_a_manifest_and_urls_stay_as_they_are(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pyarrow.table({"id": [1, 2, 3], "url": ["s3://bucket/a.jpg", None, "b.png"]})
    parquet.write_table(table, tmp_path / "a.parquet")
    assert manifest_rows(str(tmp_path / "a.parquet")) == ["s3://bucket/a.jpg", str(tmp_path / "b.png")]


def test_a_folder_is_no_manifest_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "photos.csv").mkdir()
    assert [is_manifest(str(tmp_path / name)) for name in ("photos.csv", "list.csv", "a.png")] == [False, True, False]


def test_a_manifest_that_lists_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("# nothing\n")
    with pytest.raises(DataError, match="lists no photo"):
        manifest_rows(str(tmp_path / "a.txt"))
    with pytest.raises(DataError, match="No such file"):
        manifest_rows(str(tmp_path / "none.csv"))


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "1/0", "a/b", "-1/2", "1/2/3"])
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="is no part"):
        shard_of(text)
