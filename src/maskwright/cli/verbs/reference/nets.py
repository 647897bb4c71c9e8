"""nets: list the networks with their size and speed."""

import argparse
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from maskwright.cli.arguments import add_verb
from maskwright.cli.paths import result_file

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs

NAME = "nets"
EXAMPLE = "maskwright nets unet fpn"


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    parser = add_verb(
        verbs, NAME, "list the networks: parameters, multiply-adds, milliseconds here", run=run, example=EXAMPLE
    )
    parser.add_argument("names", metavar="NAME", nargs="*", help="these networks only (default: all)")
    parser.add_argument("--untimed", action="store_true", help="count only, run none of them: a few seconds")
    parser.add_argument("--json", metavar="F", type=result_file, help="write the list")


def run(options: argparse.Namespace) -> int:
    """Print one line for each network."""
    from maskwright.models.catalogue import NETWORKS, require_network

    for name in options.names:
        require_network(name)
    from maskwright.files import write_json
    from maskwright.models.cost import HEADING, cost
    from maskwright.models.weights.initial_weights_text import initial_weights_text

    print(HEADING)
    start_of, rows = initial_weights_text(), []
    for name in options.names or NETWORKS:
        rows.append(replace(cost(name, timed=not options.untimed), start=start_of(NETWORKS[name])))
        print(rows[-1], flush=True)
    if options.json:
        write_json(options.json, [asdict(row) for row in rows])
    return 0
