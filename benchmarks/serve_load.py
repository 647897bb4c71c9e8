"""A server under load: many requests at once, some of them garbage; every good answer is compared with the first.

maskwright serve RUN --port 8000 &
python -m benchmarks.serve_load http://127.0.0.1:8000 PHOTO --requests 1000 --concurrent 32 --garbage 0.1

With `--kills 20 --server PID` the worker process of the server is killed so many times meanwhile (Linux).
"""

import argparse
import os
import random
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

GARBAGE = (b"", b"no photo", b"\x89PNG\r\n\x1a\n" + b"\0" * 200, b"\xff\xd8\xff\xe0" + b"x" * 500)
MOST_TRIES = 200


def main() -> None:
    """Send the requests and print what came back."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("photo", type=Path)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--concurrent", type=int, default=32)
    parser.add_argument("--garbage", type=float, default=0.1)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--server", type=int, metavar="PID", help="with --kills: the process of `maskwright serve`")
    options = parser.parse_args()
    body, rng = options.photo.read_bytes(), random.Random(0)
    jobs = [rng.choice(GARBAGE) if rng.random() < options.garbage else body for _ in range(options.requests)]
    with httpx.Client(base_url=options.url, timeout=600) as client:
        right = client.post("/predict?format=mask", content=body).content
        begin, stop, killed = time.monotonic(), threading.Event(), list[int]()
        killer = threading.Thread(target=_kill_workers, args=(options.server, options.kills, stop, killed))
        killer.start()
        with ThreadPoolExecutor(options.concurrent) as pool:
            answers = list(pool.map(lambda job: _ask(client, job, is_good=job is body), jobs))
        seconds = time.monotonic() - begin
        stop.set()
        killer.join()
    good = [answer for answer, job in zip(answers, jobs, strict=True) if job is body]
    times = sorted(answer[2] for answer in good)
    print(f"{len(jobs)} requests in {seconds:.1f} s: {len(good)} good, {len(jobs) - len(good)} garbage")
    print(f"good and right: {sum(answer[1] == right for answer in good)} of {len(good)}")
    print(f"seconds a good answer: median {times[len(times) // 2]:.2f}, p99 {times[int(len(times) * 0.99)]:.2f}")
    print(f"statuses: {dict(Counter(answer[0] for answer in answers))}, tries: {sum(len(a[3]) + 1 for a in answers)}")
    print(f"workers killed: {len(killed)}; asked again after: {dict(Counter(r for a in answers for r in a[3]))}")


def _kill_workers(server: int, count: int, stop: threading.Event, killed: list[int]) -> None:
    """Kill the server's worker so many times, each a few seconds after the last one that was new."""
    while len(killed) < count and not stop.wait(3 + 4 * random.random()):
        for pid in [int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and _parent(p) == server]:
            if pid not in killed and "multiprocessing.spawn" in _command(pid):
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def _ask(client: httpx.Client, body: bytes, *, is_good: bool) -> tuple[int, bytes, float, list[str]]:
    """Return status, body, seconds and refusals of a request; a refused one is asked again when the answer says."""
    refusals: list[str] = []
    while len(refusals) < MOST_TRIES:
        begin = time.monotonic()
        try:
            answer = client.post("/predict?format=mask", content=body)
        except httpx.HTTPError as error:
            refusals.append(type(error).__name__)
            continue
        if answer.status_code not in (429, 503):
            return answer.status_code, answer.content if is_good else b"", time.monotonic() - begin, refusals
        refusals.append(f"{answer.status_code} {answer.text[:60]}")
        time.sleep(float(answer.headers.get("retry-after", 1)) * random.random())
    return 0, b"", 0.0, refusals


if __name__ == "__main__":
    main()
