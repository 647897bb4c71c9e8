"""Bodies that never end or never arrive: what is received before they are refused."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from fastapi import Request

from maskwright.serve import bodies
from maskwright.serve.limits import Limits
from maskwright.serve.refusal import RefusedError

LIMITS = Limits(body_bytes=1 << 20, receive_s=0.2)
Message = dict[str, object]


def request(receive: Callable[[], Awaitable[Message]], *, length: str | None = None) -> Request:
    headers = [(b"transfer-encoding", b"chunked")] if length is None else [(b"content-length", length.encode())]
    return Request({"type": "http", "method": "POST", "path": "/predict", "headers": headers}, receive)


def test_a_body_without_a_length_ends_where_the_limit_is() -> None:
    received: list[int] = []

    async def endless() -> Message:
        received.append(1)
        return {"type": "http.request", "body": bytes(64 << 10), "more_body": True}

    with pytest.raises(RefusedError, match="at most 1 MB") as refused:
        asyncio.run(bodies.read_body(request(endless), LIMITS))
    assert refused.value.status == 413
    assert len(received) == 17


def test_of_a_body_that_declares_500_mb_nothing_is_received() -> None:
    async def never() -> Message:
        raise AssertionError("nothing is to be received")

    with pytest.raises(RefusedError, match=r"500\.0 MB") as refused:
        asyncio.run(bodies.read_body(request(never, length=str(500 << 20)), LIMITS))
    assert refused.value.status == 413


@pytest.mark.parametrize("length", [None, "1000"])
def test_a_body_that_comes_byte_by_byte_gets_its_time_and_no_more(length: str | None) -> None:
    async def slow() -> Message:
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b"x", "more_body": True}

    with pytest.raises(RefusedError) as refused:
        asyncio.run(bodies.read_body(request(slow, length=length), LIMITS))
    assert refused.value.status == 408
