"""help: explain a verb."""

import argparse
from typing import TYPE_CHECKING

from maskwright.cli.arguments import add_verb

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs

NAME = "help"
EXAMPLE = "maskwright help train"


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    parser = add_verb(verbs, NAME, "explain a verb and its flags", run=run, example=EXAMPLE)
    parser.add_argument("about", metavar="VERB", nargs="?", help="the verb (default: an overview of all)")


def run(options: argparse.Namespace) -> int:
    """Print the help of a verb, or the overview."""
    from maskwright.cli.hints import nearest, verbs_of
    from maskwright.cli.parser import overview, parser
    from maskwright.errors import ConfigError

    whole = parser()
    verbs = verbs_of(whole)
    if options.about is None:
        print(overview(whole))
    elif options.about in verbs:
        verbs[options.about].print_help()
    else:
        raise ConfigError(f"there is no verb {options.about!r}: {nearest(options.about, list(verbs), 'verbs')}")
    return 0
