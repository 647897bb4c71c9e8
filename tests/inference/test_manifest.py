from pathlib import Path

import pytest

from maskwright.errors import ConfigError, DataError, FileError
from maskwright.inference.manifest import Shard, in_shard, listed, shard_of


def test_manifests_stand_for_what_they_list(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("# photos\none.jpg\n\n  sub/*.png \n/abs/two.jpg\n")
    (tmp_path / "b.csv").write_text('id,Path\n1,three.jpg\n2,"four, five.jpg"\n3,\n')
    (tmp_path / "c.tsv").write_text("six.jpg\tx\nseven.jpg\ty\n")
    names = listed(["photos/", str(tmp_path / "a.txt"), str(tmp_path / "b.csv"), str(tmp_path / "c.tsv")])
    below = ["one.jpg", "sub/*.png", None, "three.jpg", "four, five.jpg", "six.jpg", "seven.jpg"]
    assert names == ["photos/", *("/abs/two.jpg" if name is None else str(tmp_path / name) for name in below)]


def test_a_manifest_that_lists_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("# nothing\n")
    with pytest.raises(DataError, match="lists no photo"):
        listed([str(tmp_path / "a.txt")])
    with pytest.raises(FileError):
        listed([str(tmp_path / "none.csv")])


@pytest.mark.parametrize("count", [1, 2, 5, 12])
def test_each_photo_is_in_exactly_one_shard(count: int) -> None:
    photos = [f"{number}.jpg" for number in range(11)]
    shards = [in_shard(photos, Shard(number, count)) for number in range(1, count + 1)]
    assert sorted(name for shard in shards for name in shard) == sorted(photos)
    assert max(map(len, shards)) - min(map(len, shards)) <= 1


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "1/0", "a/b", "-1/2", "1/2/3"])
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="is no part"):
        shard_of(text)
