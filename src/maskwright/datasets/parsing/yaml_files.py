"""Reading yaml as people and tools write it beside photos: damage becomes no content, not an error."""

from pathlib import Path

import yaml

from maskwright.datasets.parsing.text_files import read_label_text

YAML_SUFFIXES = (".yaml", ".yml")
MAX_BYTES = 1 << 20
"""Bytes of a file that is parsed: yaml is slow, and lists of classes and parts are short."""


def yaml_content(path: Path) -> object:
    """Return what a yaml file holds; None where it is damaged or too large. DataError where it cannot be read."""
    if path.stat().st_size > MAX_BYTES:
        return None
    try:
        return yaml.safe_load(read_label_text(path))
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
