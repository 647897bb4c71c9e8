"""live: the page with the camera of the browser, or with a film, device or stream that the server reads."""

import argparse
from typing import TYPE_CHECKING

from maskwright.cli.arguments import add_verb
from maskwright.cli.paths import pattern
from maskwright.cli.verbs.model.serve import RUN_HELP, add_address, require_server, serve_runs
from maskwright.optional_packages import import_extra

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs

NAME = "live"
EXAMPLE = "maskwright live runs/photos-1 --source rtsp://192.168.1.20/stream"
SOURCE_HELP = "a film, a device (/dev/video0) or a stream (rtsp://...) instead of the camera of the browser"


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    parser = add_verb(verbs, NAME, "show masks on the pictures of a camera", run=run, example=EXAMPLE)
    parser.add_argument("run", metavar="RUN", nargs="+", type=pattern, help=RUN_HELP)
    parser.add_argument("--source", type=pattern, help=SOURCE_HELP)
    add_address(parser)


def run(options: argparse.Namespace) -> int:
    """Serve the page with the camera until Ctrl-C."""
    require_server()
    if options.source:
        import_extra("av", "video", purpose="--source")
    return serve_runs(options, source=options.source or "", page="/live")
