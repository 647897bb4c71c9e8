import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from maskwright.workflows.photo_lists.done_list import DONE
from tests.support.commands import call, refusal
from tests.support.ray_nodes import RayNodes, ray_nodes

needs_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="needs the extra ray")
COUNT = 200
FEW = ("--min-area", "1000000")  # this model knows nothing: its hundreds of specks would all be measured


@contextmanager
def command(*arguments: object) -> Iterator["subprocess.Popen[str]"]:
    """Begin `maskwright ARGUMENTS` in a process of its own, which ends with the block."""
    words = [sys.executable, "-W", "ignore", "-m", "maskwright", *map(str, arguments)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def long_list(discs: Path, folder: Path) -> Path:
    """Return a manifest of links to the discs, one photo that cannot be read, and one that is missing."""
    folder.mkdir()
    photos = sorted(discs.glob("*.png"))
    for number in range(COUNT):
        (folder / f"{number:04d}.png").symlink_to(photos[number % len(photos)])
    (folder / "broken.png").write_bytes(b"no photo")
    rows = [*(f"{number:04d}.png" for number in range(COUNT)), "broken.png", "missing.png"]
    (folder / "list.txt").write_text("\n".join(rows))
    return folder / "list.txt"


def done_names(out: Path) -> list[str]:
    return [line for file in sorted((out / DONE).glob("*.txt")) for line in file.read_text().splitlines()]


def wait_for(out: Path, chunks: int, process: "subprocess.Popen[str]") -> None:
    """Wait until so many chunks are done."""
    while len(list((out / DONE).glob("*.txt"))) < chunks:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)


def kill_one(nodes: RayNodes) -> None:
    """Kill an actor's process while it predicts."""
    while not (workers := nodes.workers("ray::Predictor")):
        time.sleep(0.05)
    workers[0].kill()


@needs_ray
def test_each_photo_is_predicted_once_though_a_worker_and_a_node_are_killed(
    disc_run: Path, discs: Path, tmp_path: Path
) -> None:
    photos, out = long_list(discs, tmp_path / "photos"), tmp_path / "out"
    with (
        ray_nodes(2, 1) as nodes,
        command("predict", disc_run, photos, "--out", out, "--fast", *FEW, "--on", f"ray://{nodes.address}") as begun,
    ):
        wait_for(out, 1, begun)
        kill_one(nodes)
        wait_for(out, 2, begun)
        nodes.kill_node()
        printed, errors = begun.communicate(timeout=300)
    assert begun.returncode == 1, errors
    assert f"{COUNT} photos predicted" in printed
    assert printed.count("photo-unreadable") == 2
    assert sorted(done_names(out)) == [f"{number:04d}" for number in range(COUNT)]
    assert len((out / "totals.csv").read_text().splitlines()) == COUNT + 1
    plain = ("--fast", *FEW, "--out", tmp_path / "plain")
    assert call("predict", disc_run, *sorted((tmp_path / "photos").glob("000?.png")), *plain) == 0
    for mask in (tmp_path / "plain" / "masks").iterdir():
        assert mask.read_bytes() == (out / "masks" / mask.name).read_bytes()
    regions = json.loads((out / "regions.via.json").read_text())
    assert json.loads((tmp_path / "plain" / "regions.via.json").read_text()).items() <= regions.items()


def test_without_ray_one_line_says_what_to_install(
    disc_run: Path, discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    line = refusal(capsys, "predict", disc_run, discs, "--out", tmp_path / "out", "--on", "ray")
    assert "pip install 'maskwright[ray]'" in line
    assert "is no engine" in refusal(capsys, "predict", disc_run, discs, "--on", "dask")
