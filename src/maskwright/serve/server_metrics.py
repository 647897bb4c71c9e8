"""Numbers for Prometheus, in its text format."""

from collections import Counter
from collections.abc import Iterator

BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class ServerMetrics:
    """Counts requests by path and status, and how long predictions took from request to answer."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, int]] = Counter()
        self._buckets = [0] * len(BUCKETS_S)
        self._seconds, self._count, self._pixels = 0.0, 0, 0

    def count_request(self, path: str, status: int) -> None:
        """Count one answered request."""
        self._requests[path, status] += 1

    def count_prediction(self, seconds: float, pixels: int) -> None:
        """Count one prediction."""
        self._seconds, self._count, self._pixels = self._seconds + seconds, self._count + 1, self._pixels + pixels
        for place, bound in enumerate(BUCKETS_S):
            self._buckets[place] += seconds <= bound

    def text(self, *, waiting: int, restarts: int, is_ready: bool) -> str:
        """Return all metrics as Prometheus reads them."""
        lines = [
            *_metric("maskwright_requests_total", "counter", "Requests by path and status.", self._request_lines()),
            *_metric("maskwright_prediction_seconds", "histogram", "From request to answer.", self._time_lines()),
            *_metric("maskwright_pixels_total", "counter", "Pixels predicted.", [f"{self._pixels}"]),
            *_metric("maskwright_requests_waiting", "gauge", "Requests that wait or are predicted.", [f"{waiting}"]),
            *_metric("maskwright_worker_restarts_total", "counter", "Restarts of the worker.", [f"{restarts}"]),
            *_metric("maskwright_worker_up", "gauge", "1 if the worker is there.", [f"{int(is_ready)}"]),
        ]
        return "\n".join(lines) + "\n"

    def _request_lines(self) -> Iterator[str]:
        for (path, status), number in sorted(self._requests.items()):
            yield f'{{path="{path}",status="{status}"}} {number}'

    def _time_lines(self) -> Iterator[str]:
        for bound, number in zip(BUCKETS_S, self._buckets, strict=True):
            yield f'_bucket{{le="{bound:g}"}} {number}'
        yield f'_bucket{{le="+Inf"}} {self._count}'
        yield f"_sum {self._seconds:.6f}"
        yield f"_count {self._count}"


def _metric(name: str, kind: str, text: str, values: "list[str] | Iterator[str]") -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"
    for value in values:
        yield f"{name}{value}" if value[0] in "{_" else f"{name} {value}"
