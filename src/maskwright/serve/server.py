"""The server: a worker with its runs, the application, and uvicorn with a limit on how long a header may take."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from maskwright.errors import ConfigError, OutputError
from maskwright.inference.load import run_folders
from maskwright.serve.app import Serving, create_app
from maskwright.serve.limits import Limits
from maskwright.serve.live_source import LiveSource
from maskwright.serve.protocols.label_studio import LabelStudio
from maskwright.serve.request_queue import Dispatcher
from maskwright.serve.worker import Worker
from maskwright.serve.worker_process import Loading

KEEP_ALIVE_S = 15
HEADER_S = 10.0


@dataclass(frozen=True)
class ServerSettings:
    """What a server is started with: its runs, the address, and "" for no token and no source."""

    loading: Loading
    host: str = "127.0.0.1"
    port: int = 8000
    token: str = ""
    limits: Limits = field(default_factory=Limits)
    studio: LabelStudio = field(default_factory=LabelStudio)
    source: str = ""


def runs_by_name(texts: list[str]) -> dict[str, str]:
    """Return run folders by name, from RUN or NAME=RUN; ConfigError for a name that is given twice."""
    runs: dict[str, str] = {}
    for text in texts:
        name, equals, folder = text.partition("=")
        if not equals or Path(text).exists():
            name, folder = "+".join(path.resolve().name for path in run_folders(text)), text
        if name in runs:
            raise ConfigError(f"two runs are called {name}: name them, as in first={runs[name]} second={folder}")
        runs[name] = folder
    return runs


def start_server(settings: ServerSettings, *, tell: Callable[[str], None]) -> uvicorn.Server:
    """Return a server whose worker has loaded its networks, to be run with `serve_on`; RunError if it has not.

    `tell` gets lines on what computes the networks.
    """
    source = LiveSource(settings.source) if settings.source else None
    worker = Worker(settings.loading, settings.limits)
    worker.start()
    for note in worker.notes:
        tell(note)
    if source is not None:
        source.start()
    dispatcher = Dispatcher(worker, settings.limits)
    app = create_app(Serving(dispatcher, settings.limits, settings.token, settings.studio, source=source))
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            http=PunctualProtocol,
            ws="none",
            log_level="warning",
            limit_concurrency=settings.limits.connections,
            timeout_keep_alive=KEEP_ALIVE_S,
            h11_max_incomplete_event_size=32 << 10,
        )
    )


def open_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens there, before networks are loaded; OutputError if it is taken or not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((host, port))
    except OSError as error:
        opened.close()
        reason = error.strerror or str(error)
        raise OutputError(f"cannot listen on {host}:{port} ({reason}): choose another --port or --host") from error
    return opened


class PunctualProtocol(H11Protocol):
    """HTTP/1.1 that closes a connection whose header is not complete in time, as slow-loris attacks leave it."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - as uvicorn has it
        """Give the first header its time."""
        super().connection_made(transport)
        self._await_header()

    def data_received(self, data: bytes) -> None:
        """Give the header of a further request its time, from its first byte on."""
        if self._late is None and (self.cycle is None or self.cycle.response_complete):
            self._await_header()
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer."""
        if self._late is not None:
            self._late.cancel()
        super().connection_lost(exc)

    def _await_header(self) -> None:
        self._late = self.loop.call_later(HEADER_S, self._close_if_late, self.cycle)

    def _close_if_late(self, cycle_before: object) -> None:
        self._late = None
        if self.cycle is cycle_before and not self.transport.is_closing():
            self.transport.close()
