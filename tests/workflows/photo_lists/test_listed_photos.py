import tracemalloc
from pathlib import Path

import pytest

from maskwright.errors import DataError
from maskwright.inference.sources.manifest import Shard
from maskwright.workflows.photo_lists.chunks import PHOTOS_A_CHUNK, chunks_left, places
from maskwright.workflows.photo_lists.listed_photos import ListedPhotos, listed_photos


def manifest(folder: Path, *rows: str) -> str:
    (folder / "list.txt").write_text("".join(f"{row}\n" for row in rows))
    return str(folder / "list.txt")


def test_rows_that_end_like_photos_are_photos_whether_there_or_not(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.png").write_bytes(b"")
    (tmp_path / "notes.md").write_text("")
    listed = listed_photos(
        [manifest(tmp_path, "missing.jpg", "sub", "sub/*.png", "notes", "walk.mp4", "s3://bucket/c.jpg")],
        out=str(tmp_path / "out"),
    )
    assert listed.paths == (str(tmp_path / "missing.jpg"), str(tmp_path / "sub" / "b.png"), "s3://bucket/c.jpg")
    assert listed.names == ("missing", "b", "c")
    assert [Path(skipped.path).name for skipped in listed.skipped] == ["notes", "walk.mp4"]


def test_a_list_without_photos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"lists no photo: .*nothing"):
        listed_photos([manifest(tmp_path, "nothing")], out=str(tmp_path / "out"))


def test_a_long_list_is_planned_in_little_memory() -> None:
    count = 20_000
    listed = ListedPhotos(tuple(f"/p/{n}.jpg" for n in range(count)), tuple(str(n) for n in range(count)))
    tracemalloc.start()
    photos = sum(len(chunk.photos) for chunk in chunks_left(listed, ()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert photos == count
    assert peak < 200_000


@pytest.mark.parametrize("shards", [1, 3])
def test_chunks_hold_each_photo_that_is_left_once(shards: int) -> None:
    listed = ListedPhotos(tuple(f"/p/{n}.jpg" for n in range(301)), tuple(f"{n}" for n in range(301)))
    done = {str(n) for n in range(0, 301, 7)}
    chunks = [c for number in range(shards) for c in chunks_left(listed, done, shard=Shard(number + 1, shards))]
    photos = [photo.name for chunk in chunks for photo in chunk.photos]
    assert sorted(photos) == sorted(set(listed.names) - done)
    assert len({chunk.id for chunk in chunks}) == len(chunks)
    assert max(len(chunk.photos) for chunk in chunks) == PHOTOS_A_CHUNK


@pytest.mark.parametrize("count", [1, 2, 5, 12])
def test_each_photo_is_in_exactly_one_shard(count: int) -> None:
    names = tuple(f"{number}.jpg" for number in range(11))
    shards = [places(ListedPhotos(names, names), Shard(number, count)) for number in range(1, count + 1)]
    assert sorted(place for shard in shards for place in shard) == list(range(11))
    assert max(map(len, shards)) - min(map(len, shards)) <= 1
