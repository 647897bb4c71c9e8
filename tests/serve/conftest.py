"""One real server for the tests: uvicorn in a thread, the networks in a process of their own."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from maskwright.serve.app import Serving
from maskwright.serve.limits import Limits
from maskwright.serve.server import ServerSettings, open_socket, start_server
from maskwright.serve.worker_process import Loading
from tests.support.drawn_videos import square_frame, write_film

LIMITS = Limits(body_bytes=300_000, megapixels=0.5, predict_s=60, receive_s=1.0, waiting=4)
TOKEN = "secret"


@dataclass(frozen=True)
class Running:
    """A server that answers at `url`, and what it works with."""

    url: str
    serving: Serving
    client: httpx.Client


@pytest.fixture(scope="session")
def running(disc_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return a server with the run of the discs under two names, a token, and a film as its source."""
    film = write_film(tmp_path_factory.mktemp("source") / "a.mp4", [square_frame(index)[0] for index in range(6)])
    runs = {"discs": str(disc_run), "again": str(disc_run)}
    listening = open_socket("127.0.0.1", 0)
    port = listening.getsockname()[1]
    server = start_server(
        ServerSettings(Loading(runs), port=port, token=TOKEN, limits=LIMITS, source=str(film)), tell=print
    )
    app = server.config.app
    assert isinstance(app, FastAPI)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    url = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=120) as client:
        yield Running(url, app.state.serving, client)
    server.should_exit = True
    thread.join(30)
