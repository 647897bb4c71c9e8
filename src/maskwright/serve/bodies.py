"""Bodies of requests: received within limits of bytes and time, and the photo in them, raw or as a form."""

import asyncio
from collections.abc import AsyncGenerator

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from maskwright.serve.limits import Limits
from maskwright.serve.refusal import RefusedError, too_large

FORM = "multipart/form-data"


async def read_body(request: Request, limits: Limits) -> bytes:
    """Return the body; RefusedError 413 beyond the limit of bytes, 408 beyond that of time, before more is received."""
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > limits.body_bytes:
        raise too_large(int(declared), limits)
    try:
        async with asyncio.timeout(limits.receive_s):
            return await _received(request, limits)
    except TimeoutError as error:
        raise RefusedError(408, f"the request did not arrive within {limits.receive_s:g} s") from error


async def _received(request: Request, limits: Limits) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limits.body_bytes:
            raise too_large(len(body), limits)
    return bytes(body)


async def photo_in(request: Request, limits: Limits) -> bytes:
    """Return the bytes of the photo in a request: its raw body, or the first file of a form; RefusedError if none."""
    body = await read_body(request, limits)
    if request.headers.get("content-type", "").startswith(FORM):
        body = await _first_file(request, body)
    if not body:
        raise RefusedError(422, "the request holds no photo: send its bytes as the body, or a form with a file")
    return body


async def _first_file(request: Request, body: bytes) -> bytes:
    try:
        form = await MultiPartParser(request.headers, _once(body), max_files=4, max_fields=16).parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise RefusedError(422, f"the form is damaged ({str(error)[:120]}): send a file, or raw bytes") from error
    files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
    if not files:
        raise RefusedError(422, "the form holds no file: send one, as in `curl -F photo=@photo.jpg`")
    data = await files[0].read()
    await form.close()
    return data


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body
    yield b""
