"""What a server accepts at most, and the refusals that name the limit."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The limits of a server.

    `body_bytes`: of a request; `megapixels`: of a photo; `predict_s`: the time that one prediction may take;
    `receive_s`: the time in which a request must have arrived; `waiting`: how many requests may wait for the network,
    the one that is predicted included; `connections`: open ones at a time.
    """

    body_bytes: int = 64 << 20
    megapixels: float = 50.0
    predict_s: float = 60.0
    receive_s: float = 30.0
    waiting: int = 32
    connections: int = 256


class RefusedError(Exception):
    """A request that is not answered: the HTTP status, one line that says why, and when to try again."""

    def __init__(self, status: int, message: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.retry_after_s = retry_after_s


def too_large(size: int, limits: Limits) -> RefusedError:
    """Return the refusal of a body by its size in bytes."""
    most = limits.body_bytes / 2**20
    return RefusedError(413, f"the request has {size / 2**20:.1f} MB or more, and at most {most:.0f} MB are accepted")
