"""Requests that are not answered, and why: the HTTP status and one line that names the limit."""

from maskwright.serve.limits import Limits


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
