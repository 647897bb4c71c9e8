import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from maskwright import remote_storage as storage_module
from maskwright.errors import DataError, OutputError
from maskwright.remote_storage import (
    Storage,
    fetched,
    found_below,
    is_stored,
    read_all_stored,
    read_stored,
    stored_names,
    upload,
    write_stored,
)
from tests.support.commands import call
from tests.support.s3_server import S3, s3_server

pytest.importorskip("obstore", reason="needs the extra s3")


@pytest.fixture(scope="module")
def server() -> Iterator[S3]:
    """Return a running S3 server, which clients find by their environment."""
    with s3_server() as held, pytest.MonkeyPatch.context() as patch:
        for name, value in held.environment.items():
            patch.setenv(name, value)
        patch.setattr(storage_module, "PAUSES_S", (0.0, 0.0))
        yield held


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, server: S3, tmp_path: Path) -> Storage:
    """Return an empty storage: a folder, and a prefix of a bucket."""
    server.failing = server.cutting = 0
    return Storage(str(tmp_path / "out") if request.param == "folder" else f"s3://bucket/{tmp_path.name}")


def test_what_is_written_is_listed_and_read(storage: Storage) -> None:
    assert stored_names(storage, "parts") == []
    for name in ("parts/b.txt", "parts/a.txt", "masks/sub/c d.png"):
        write_stored(storage, name, name.encode())
    assert stored_names(storage, "parts") == ["parts/a.txt", "parts/b.txt"]
    assert list(read_all_stored(storage, ["parts/b.txt", "parts/a.txt"])) == [
        ("parts/b.txt", b"parts/b.txt"),
        ("parts/a.txt", b"parts/a.txt"),
    ]
    assert [is_stored(storage, name) for name in ("parts/a.txt", "parts", "parts/c.txt")] == [True, True, False]
    write_stored(storage, "parts/a.txt", b"again")
    assert read_stored(storage, "parts/a.txt") == b"again"


def test_transfers_that_fail_are_tried_again(server: S3) -> None:
    server.failing = 2
    write_stored(Storage("s3://bucket"), "again/a.png", bytes(100_000))
    assert server.objects["bucket/again/a.png"] == bytes(100_000)
    server.cutting = 1
    with fetched("s3://bucket/again/a.png") as local:
        assert local.name == "a.png"
        assert local.read_bytes() == bytes(100_000)
    assert not local.exists()


def test_half_an_upload_is_never_visible(server: S3, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(12 << 20))
    server.fail_after(2)
    with pytest.raises(OutputError, match="cannot write s3://bucket/large"):
        upload(Storage("s3://bucket"), "large", tmp_path / "large")
    server.failing, server.failing_after = 0, None
    assert "bucket/large" not in server.objects
    upload(Storage("s3://bucket"), "large", tmp_path / "large")
    assert len(server.objects["bucket/large"]) == 12 << 20


def test_folders_and_patterns_of_a_bucket_are_listed(server: S3) -> None:
    for key in ("listed/a.jpg", "listed/sub/b.jpg", "listed/c.txt"):
        server.objects[f"bucket/{key}"] = b"x"
    assert found_below("s3://bucket/listed") == [
        "s3://bucket/listed/a.jpg",
        "s3://bucket/listed/c.txt",
        "s3://bucket/listed/sub/b.jpg",
    ]
    assert found_below("s3://bucket/listed/*.jpg") == ["s3://bucket/listed/a.jpg"]


@pytest.mark.usefixtures("server")
def test_what_is_missing_is_one_line() -> None:
    with pytest.raises(DataError, match=r"cannot read s3://bucket/none\.jpg"), fetched("s3://bucket/none.jpg"):
        pass


def test_photos_of_a_bucket_are_predicted_into_a_bucket(
    server: S3, disc_run: Path, discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = sorted(discs.glob("*.png"))
    for photo in photos:
        server.objects[f"bucket/photos/{photo.name}"] = photo.read_bytes()
    server.objects["bucket/photos/broken.png"] = b"no photo"
    command = ("predict", disc_run, "s3://bucket/photos", "--out", "s3://bucket/out")
    server.failing = 1
    assert call(*command) == 1
    printed = capsys.readouterr().out
    assert "6 photos predicted" in printed
    assert "s3://bucket/photos/broken.png" in printed
    assert call("predict", disc_run, discs, "--out", tmp_path / "plain") == 0
    for photo in photos:
        mask = (tmp_path / "plain" / "masks" / photo.name).read_bytes()
        assert server.objects[f"bucket/out/masks/{photo.name}"] == mask
    assert server.objects["bucket/out/totals.csv"] == (tmp_path / "plain" / "totals.csv").read_bytes()
    shutil.copy(photos[0], tmp_path / "fixed.png")
    server.objects["bucket/photos/broken.png"] = (tmp_path / "fixed.png").read_bytes()
    capsys.readouterr()
    assert call(*command) == 0
    assert "1 photo predicted, 6 were done before" in capsys.readouterr().out


def test_a_photo_of_a_web_address_is_predicted(server: S3, disc_run: Path, discs: Path, tmp_path: Path) -> None:
    pytest.importorskip("aiohttp")
    photo = min(discs.glob("*.png"))
    server.objects["bucket/web/a.png"] = photo.read_bytes()
    address = f"http://127.0.0.1:{server.port}/bucket/web/a.png?size=full"
    assert call("predict", disc_run, address, "--out", tmp_path / "out") == 0
    assert (tmp_path / "out" / "masks" / "a.png").is_file()
