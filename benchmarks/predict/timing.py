"""Medians of seconds, all jobs in turns."""

import statistics
from collections.abc import Callable, Mapping

Clock = Callable[[], float]


def medians(jobs: Mapping[str, Callable[[], object]], rounds: int, clock: Clock) -> dict[str, float]:
    """Return the median seconds of each job, all jobs in turns, after one round that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds + 1):
        for name, job in jobs.items():
            start = clock()
            job()
            seconds[name].append(clock() - start)
    return {name: statistics.median(values[1:]) for name, values in seconds.items()}
