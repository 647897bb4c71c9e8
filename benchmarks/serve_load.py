"""A server under load: many requests at once, some of them garbage; every good answer is compared with the first.

maskwright serve RUN --port 8000 &
python -m benchmarks.serve_load http://127.0.0.1:8000 PHOTO --requests 1000 --concurrent 32 --garbage 0.1
"""

import argparse
import random
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
    options = parser.parse_args()
    body, rng = options.photo.read_bytes(), random.Random(0)
    jobs = [rng.choice(GARBAGE) if rng.random() < options.garbage else body for _ in range(options.requests)]
    with httpx.Client(base_url=options.url, timeout=600) as client:
        right = client.post("/predict?format=mask", content=body).content
        begin = time.monotonic()
        with ThreadPoolExecutor(options.concurrent) as pool:
            answers = list(pool.map(lambda job: _ask(client, job, is_good=job is body), jobs))
        seconds = time.monotonic() - begin
    good = [answer for answer, job in zip(answers, jobs, strict=True) if job is body]
    times = sorted(answer[2] for answer in good)
    print(f"{len(jobs)} requests in {seconds:.1f} s: {len(good)} good, {len(jobs) - len(good)} garbage")
    print(f"good and right: {sum(answer[1] == right for answer in good)} of {len(good)}")
    print(f"seconds a good answer: median {times[len(times) // 2]:.2f}, p99 {times[int(len(times) * 0.99)]:.2f}")
    print(f"statuses: {dict(Counter(answer[0] for answer in answers))}, tries: {sum(answer[3] for answer in answers)}")


def _ask(client: httpx.Client, body: bytes, *, is_good: bool) -> tuple[int, bytes, float, int]:
    """Return status, body, seconds and tries of a request; a full queue is asked again when it says."""
    for tries in range(1, MOST_TRIES):
        begin = time.monotonic()
        answer = client.post("/predict?format=mask", content=body)
        if answer.status_code not in (429, 503):
            return answer.status_code, answer.content if is_good else b"", time.monotonic() - begin, tries
        time.sleep(float(answer.headers.get("retry-after", 1)) * random.random())
    return 0, b"", 0.0, MOST_TRIES


if __name__ == "__main__":
    main()
