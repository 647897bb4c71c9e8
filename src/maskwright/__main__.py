"""`python -m maskwright` is the command `maskwright`."""

import sys

from maskwright.cli.main import main

sys.exit(main())
