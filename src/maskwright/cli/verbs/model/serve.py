"""serve: a server that takes photos over HTTP, with a page to drop them on."""

import argparse
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from maskwright.cli.arguments import add_verb, count, positive
from maskwright.cli.console import announce, load_torch
from maskwright.cli.paths import path, pattern, require_run
from maskwright.cli.runtimes import add_runtime_flags
from maskwright.cli.termination import Terminated
from maskwright.errors import ConfigError
from maskwright.optional_packages import import_extra
from maskwright.serve.limits import Limits

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs
    from maskwright.serve.protocols.label_studio import LabelStudio

NAME = "serve"
EXAMPLE = "maskwright serve runs/photos-1"
RUN_HELP = "run folders, as RUN or NAME=RUN; the first one answers where no run is named"
TOKEN_HELP = "a file with the token that requests must have (or the variable MASKWRIGHT_TOKEN); default: none"
STUDIO_HELP = "the address of Label Studio, from where photos may be fetched; its token: LABEL_STUDIO_API_KEY"
LARGEST_PORT = 65535


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    parser = add_verb(verbs, NAME, "answer photos with masks over HTTP", run=run, example=EXAMPLE)
    parser.add_argument("run", metavar="RUN", nargs="+", type=pattern, help=RUN_HELP)
    add_address(parser)
    largest_mb = Limits.body_bytes / 2**20
    for flag, kind, default, what in (
        ("--max-megapixels", positive, Limits.megapixels, "of a photo"),
        ("--max-mb", positive, largest_mb, "of a request"),
        ("--max-seconds", positive, Limits.predict_s, "a prediction"),
        ("--max-waiting", count, Limits.waiting, "requests in the queue"),
    ):
        parser.add_argument(flag, type=kind, default=default, metavar="N", help=f"{what} (default {default:g})")
    parser.add_argument("--label-studio", default="", metavar="URL", help=STUDIO_HELP)


def add_address(parser: argparse.ArgumentParser) -> None:
    """Add --host, --port, --runtime, --fast and --token-file."""
    parser.add_argument(
        "--host", default="127.0.0.1", help="the address to listen on (default 127.0.0.1: this machine)"
    )
    parser.add_argument("--port", type=port, default=8000, help="the port to listen on (default 8000)")
    add_runtime_flags(parser)
    parser.add_argument("--token-file", type=path, metavar="FILE", help=TOKEN_HELP)


def port(text: str) -> int:
    """Return a whole number from 1 to 65535."""
    if not text.isdigit() or not 0 < int(text) <= LARGEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {LARGEST_PORT}")
    return int(text)


def require_server() -> None:
    """Raise ConfigError, which says what to install, if the packages of the server are missing."""
    for module in ("fastapi", "uvicorn", "python_multipart"):
        import_extra(module, "serve", purpose="a server")


def run(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    require_server()
    from maskwright.serve.protocols.label_studio import LabelStudio

    limits = Limits(
        int(options.max_mb * 2**20), options.max_megapixels, options.max_seconds, waiting=options.max_waiting
    )
    studio = LabelStudio(options.label_studio, os.environ.get("LABEL_STUDIO_API_KEY", ""))
    return serve_runs(options, limits=limits, studio=studio)


def serve_runs(
    options: argparse.Namespace,
    *,
    limits: Limits | None = None,
    studio: "LabelStudio | None" = None,
    source: str = "",
    page: str = "/",
) -> int:
    """Load the runs, say where the page is, and serve until Ctrl-C or SIGTERM."""
    load_torch(quiet=options.quiet)
    from maskwright.serve.protocols.label_studio import LabelStudio
    from maskwright.serve.server import ServerSettings, open_socket, runs_by_name, start_server
    from maskwright.serve.worker_process import Loading
    from maskwright.workflows.progress.torch_import import moving

    runs = runs_by_name(options.run)
    for folder in runs.values():
        require_run(Path(folder), files=True)
    settings = ServerSettings(
        Loading(runs, options.runtime, options.fast),
        options.host,
        options.port,
        read_token(options.token_file),
        limits or Limits(),
        studio or LabelStudio(),
        source,
    )
    with open_socket(settings.host, settings.port) as listening:
        announce(f"loading {', '.join(runs.values())}", quiet=options.quiet)
        with moving("loading"):
            server = start_server(settings, tell=lambda line: announce(line, quiet=options.quiet))
        print(f"http://{_shown(settings.host)}:{settings.port}{page}  (Ctrl-C ends it)", flush=True)
        if not settings.token and not _is_loopback(settings.host):
            print("anybody who reaches this address can use it: --token-file sets a token", flush=True)
        with suppress(Terminated):  # what stops a service sends SIGTERM: no failure
            server.run(sockets=[listening])
    return 0


def read_token(file: Path | None) -> str:
    """Return the token in a file, or in MASKWRIGHT_TOKEN, or "" for none; ConfigError if the file holds none."""
    if file is None:
        return os.environ.get("MASKWRIGHT_TOKEN", "").strip()
    from maskwright.files import read_text

    token = read_text(file).strip()
    if not token:
        raise ConfigError(f"{file} is empty: write the token into it")
    return token


def _is_loopback(host: str) -> bool:
    return host.startswith("127.") or host in ("localhost", "::1")


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
