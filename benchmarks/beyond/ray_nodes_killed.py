"""Ray on two nodes of this machine against the plain command: `python -m benchmarks.beyond.ray_nodes_killed`.

Drawn photos of 96x128 pixels, a small network. First CPU seconds of both without kills; then once more on Ray, where a
worker process, an actor and a whole node are killed with -9, and each photo is looked for in the list of what is done.
"""

import argparse
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from maskwright.workflows.photo_lists.done_list import DONE
from tests.support.commands import FAST
from tests.support.drawn import disc_photos, via_csv
from tests.support.ray_nodes import RayNodes, ray_nodes

PHOTOS = 10_000
QUICK = ("--fast", "--min-area", "1000000")
"""The model is trained for three steps: its hundreds of specks a photo are not measured."""
NODES = (2, 1)
"""Two actors: Ray keeps one CPU free."""


def main() -> None:
    """Draw, train, predict in three ways, and print what each took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.beyond.ray_nodes_killed")
    parser.add_argument("--photos", type=int, default=PHOTOS)
    parser.add_argument("--only", choices=("overhead", "kills"))
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    with TemporaryDirectory() as text:
        folder = Path(text)
        manifest = draw(folder, options.photos)
        if options.only != "kills":
            measure_overhead(folder, manifest)
        if options.only != "overhead":
            kill_three(folder, manifest, options.photos)


def draw(folder: Path, photos: int) -> Path:
    """Train on six discs, and list `photos` links to them; return the list."""
    discs = disc_photos(folder / "discs")
    via_csv(discs)
    _maskwright("train", folder / "discs", "--out", folder / "run", *FAST).wait()
    (folder / "photos").mkdir()
    for number in range(photos):
        (folder / "photos" / f"{number:06d}.png").symlink_to(discs.samples[number % len(discs)].photo)
    (folder / "photos.txt").write_text("".join(f"photos/{number:06d}.png\n" for number in range(photos)))
    return folder / "photos.txt"


def measure_overhead(folder: Path, manifest: Path) -> None:
    """Print the CPU seconds of the plain command, and those of the command, the actors and all of Ray."""
    plain = _maskwright("predict", folder / "run", manifest, *QUICK, "--out", folder / "plain")
    plain_s = _cpu_s_of_exited(plain)
    with ray_nodes(*NODES) as nodes, _watched(nodes) as seen:
        start_s = _cpu_s_of_ray(nodes)
        sharing = _begun_on(nodes, folder, manifest, "shared")
        command_s = _cpu_s_of_exited(sharing)
        actors_s = sum(seen.cpu_s.values())
        ray_s = _cpu_s_of_ray(nodes)
    whole_s = command_s + actors_s
    print(f"plain: {plain_s:.1f} s of CPU; on Ray: command {command_s:.1f} s, actors {actors_s:.1f} s,")
    print(f"  together {whole_s / plain_s - 1:+.1%}; Ray's own processes {ray_s:.1f} s more,")
    print(f"  {start_s:.1f} s of them before the command began")
    print(f"memory of the actors, MB: {seen.memory()}")


def kill_three(folder: Path, manifest: Path, photos: int) -> None:
    """Kill a worker, an actor and a node while photos are predicted; print what is in the list of what is done."""
    with ray_nodes(*NODES) as nodes, _watched(nodes) as seen:
        sharing = _begun_on(nodes, folder, manifest, "killed")
        for share, kill in ((0.2, _kill_worker), (0.4, _kill_actor), (0.6, RayNodes.kill_node)):
            while len(_done(folder / "killed")) < share * photos and sharing.poll() is None:
                time.sleep(0.2)
            kill(nodes)
            print(f"killed at {len(_done(folder / 'killed')):,} photos: {kill.__name__.strip('_')}", flush=True)
        code = sharing.wait()
    times = Counter(_done(folder / "killed"))
    print(f"exit code {code}; {len(times):,} of {photos:,} photos done, {sum(times.values()):,} entries in the list")
    print(f"memory of the actors, MB: {seen.memory()}")
    rows = (folder / "killed" / "totals.csv").read_text().count("\n") - 1
    if not (len(times) == sum(times.values()) == rows == photos):
        sys.exit(f"a photo is missing, or twice in the list or in totals.csv ({rows:,} rows)")


class _Seen:
    """Actors while they lived: their last CPU seconds, and their memory over time."""

    def __init__(self) -> None:
        self.cpu_s: dict[int, float] = {}
        self.mb: dict[int, list[float]] = {}

    def look(self, nodes: RayNodes) -> None:
        """Note what each actor has used up to now."""
        for process in nodes.workers("ray::Predictor"):
            try:
                self.cpu_s[process.pid] = _cpu_s(process)
                self.mb.setdefault(process.pid, []).append(process.memory_info().rss / 2**20)
            except psutil.Error:
                continue

    def memory(self) -> str:
        """Return for each actor its memory in the first and in the last quarter of its life."""
        lives = [values for values in self.mb.values() if len(values) >= 8]
        quarter = [(values[len(values) // 4], values[-2]) for values in lives]
        return ", ".join(f"{early:.0f} -> {late:.0f}" for early, late in quarter)


@contextmanager
def _watched(nodes: RayNodes) -> Iterator[_Seen]:
    seen, ended = _Seen(), threading.Event()

    def watch() -> None:
        while not ended.wait(1.0):
            seen.look(nodes)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


def _kill_worker(nodes: RayNodes) -> None:
    """Kill the youngest process of an actor in the middle of a chunk."""
    nodes.workers("ray::Predictor.predict")[-1].kill()


def _kill_actor(nodes: RayNodes) -> None:
    """Kill the oldest process of an actor, whatever it does."""
    nodes.workers("ray::Predictor")[0].kill()


def _done(out: Path) -> list[str]:
    return [line for file in (out / DONE).glob("*.txt") for line in file.read_text().splitlines()]


def _begun_on(nodes: RayNodes, folder: Path, manifest: Path, out: str) -> "subprocess.Popen[bytes]":
    words = (*QUICK, "--out", folder / out, "--on", f"ray://{nodes.address}")
    return _maskwright("predict", folder / "run", manifest, *words)


def _maskwright(*arguments: object) -> "subprocess.Popen[bytes]":
    words = [sys.executable, "-W", "ignore", "-m", "maskwright", *map(str, arguments)]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL)


def _cpu_s_of_exited(process: "subprocess.Popen[bytes]") -> float:
    """Wait for a process, and return the CPU seconds that it took."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"the command ended with code {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def _cpu_s_of_ray(nodes: RayNodes) -> float:
    return sum(_cpu_s(process) for process in psutil.Process(nodes.process.pid).children(recursive=True))


def _cpu_s(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)


if __name__ == "__main__":
    main()
