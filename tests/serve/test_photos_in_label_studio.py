"""Photos of tasks come from Label Studio with either of its tokens; the answers are those of Label Studio 1.23."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from maskwright.serve.limits import Limits
from maskwright.serve.protocols.label_studio import LabelStudio, fetch_photo
from maskwright.serve.refusal import RefusedError

PHOTO = b"the bytes of a photo"
LEGACY, PERSONAL, ACCESS = "0123456789abcdef", "header.payload.signature", "short.lived.token"
TASK = {"data": {"image": "/data/upload/1/photo.jpg"}}


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        allowed = self.headers["Authorization"] in (f"Token {LEGACY}", f"Bearer {ACCESS}")
        self._answer(200, PHOTO) if allowed else self._answer(401, b"{}")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        is_known = self.path == "/api/token/refresh" and body == {"refresh": PERSONAL}
        self._answer(*((200, json.dumps({"access": ACCESS}).encode()) if is_known else (401, b"{}")))

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def _label_studio() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("token", [LEGACY, PERSONAL])
def test_both_kinds_of_tokens_fetch_the_photo(token: str) -> None:
    with _label_studio() as url:
        assert fetch_photo(TASK, "image", LabelStudio(url, token), Limits()) == PHOTO


@pytest.mark.parametrize("token", ["", "fedcba9876543210", "another.personal.token"])
def test_a_wrong_token_is_refused_with_the_variable_that_holds_it(token: str) -> None:
    with _label_studio() as url, pytest.raises(RefusedError, match=r"401.*check LABEL_STUDIO_API_KEY"):
        fetch_photo(TASK, "image", LabelStudio(url, token), Limits())
