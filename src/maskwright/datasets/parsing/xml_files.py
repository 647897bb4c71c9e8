"""Reading xml as annotation tools write it, without ever holding more than a part of it."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from maskwright.errors import DataError

MOST_BYTES = 1 << 28
"""Larger files are refused; expat itself refuses entities that grow without bound."""


def first_tags(path: Path, most: int = 200) -> frozenset[str]:
    """Return the names of the first elements of an xml file; none where it is no xml."""
    tags: set[str] = set()
    try:
        for number, (_, element) in enumerate(ElementTree.iterparse(path, events=("start",))):
            tags.add(element.tag)
            if number > most:
                break
    except (ElementTree.ParseError, UnicodeError, ValueError, LookupError):
        pass
    return frozenset(tags)


def elements(path: Path, *tags: str) -> Iterator[Element]:
    """Yield the whole elements with these names, each emptied once it was used; DataError where the xml is broken."""
    if path.stat().st_size > MOST_BYTES:
        raise DataError(f"{path} has more than {MOST_BYTES >> 20} MB: divide it into smaller files")
    try:
        for _, element in ElementTree.iterparse(path, events=("end",)):
            if element.tag in tags:
                yield element
                element.clear()
    except (ElementTree.ParseError, UnicodeError, LookupError) as error:
        raise DataError(f"{path} is broken XML ({error}): export the annotations again") from error


def text_in(element: Element, path: str) -> str:
    """Return the text of an element below, without blanks around it; "" where there is none."""
    return (element.findtext(path) or "").strip()
