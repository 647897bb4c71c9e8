"""What a server accepts at most."""

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
