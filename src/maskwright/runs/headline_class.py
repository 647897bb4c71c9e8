"""The class that a person chose as the headline of a run, with --object."""

from pathlib import Path
from typing import Any

from maskwright.errors import RunError
from maskwright.files import read_json, reading, write_json
from maskwright.output_file_names import HEADLINE_FILE


def write_headline(run: Path, name: str) -> None:
    """Keep the class in the run folder, for its verdict and every report from now on."""
    write_json(run / HEADLINE_FILE, {"object": name})


def read_headline(run: Path) -> str:
    """Return the class that was chosen, "" where none was; RunError if the file is damaged."""
    path = run / HEADLINE_FILE
    if not path.exists():
        return ""
    with reading(path, error=RunError, advice="remove it: all classes are the headline then"):
        values: Any = read_json(path)
        return str(values["object"])
