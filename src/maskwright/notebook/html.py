"""Pieces of HTML for notebooks: a table, a picture, a box. They need no style sheet and no script."""

import base64
from collections.abc import Iterable, Sequence
from html import escape

FONT = "font:14px/1.45 system-ui,sans-serif"
CELL = "text-align:left;vertical-align:top;padding:.15em .6em"
CAPTION = "font-size:12px;opacity:.75;overflow-wrap:anywhere"


def box(heading: str, *parts: str) -> str:
    """Return a heading over parts that are HTML already."""
    title = f'<div style="font-weight:600">{escape(heading)}</div>'
    return f'<div style="{FONT};max-width:60em">{title}{"".join(parts)}</div>'


def sentence(text: str) -> str:
    """Return a paragraph of plain text."""
    return f'<p style="margin:.3em 0">{escape(text)}</p>'


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of plain texts."""
    heads = "".join(f'<th style="{CELL}">{escape(name)}</th>' for name in columns)
    body = "".join(f"<tr>{_row(row)}</tr>" for row in rows)
    return f'<table style="{FONT}"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'


def _row(row: Sequence[str]) -> str:
    return "".join(f'<td style="{CELL}">{escape(text)}</td>' for text in row)


def figures(pictures: Iterable[tuple[bytes, str]]) -> str:
    """Return JPEG pictures in a row that wraps, each with its caption."""
    inside = "".join(_figure(jpeg, caption) for jpeg, caption in pictures)
    return f'<div style="display:flex;flex-wrap:wrap;gap:10px;margin:.4em 0">{inside}</div>'


def _figure(jpeg: bytes, caption: str) -> str:
    data = base64.b64encode(jpeg).decode()
    picture = f'<img alt="{escape(caption)}" src="data:image/jpeg;base64,{data}" style="max-width:100%;display:block">'
    below = f'<figcaption style="{CAPTION}">{escape(caption)}</figcaption>'
    return f'<figure style="margin:0;max-width:240px">{picture}{below}</figure>'
