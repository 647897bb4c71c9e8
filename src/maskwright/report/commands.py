"""Fixes as HTML: what a person types stands in a row of its own, with a Copy button and the place where it is typed."""

import re

from markupsafe import Markup, escape

WORD = Markup('<span class="word">{}</span>')
COPY = Markup(
    '<button type="button" onclick="const code=this.parentElement.querySelector(\'code\');'
    "(navigator.clipboard?navigator.clipboard.writeText(code.textContent):Promise.reject())"
    ".then(()=>this.textContent='Copied',()=>getSelection().selectAllChildren(code))\">Copy</button>"
)
ONE_OF_TWO = "Do one of the two. "
"""How a fix that names two remedies begins (findings/entries)."""
OR_CODE = " Or mend your code"
"""What stands before the second remedy."""
PLACEHOLDER = re.compile(r"\b(DATA|RUN|NAME|FILE|VALUE|DIR)\b")
"""A command that holds one of these cannot be pasted as it is."""
PLACES = (
    (re.compile(r"^maskwright "), "In a terminal"),
    (re.compile(r"\bpredictions = "), "In Python, where the list of predictions is made"),
    (re.compile(r"\bprediction = "), "In Python, for each prediction before it is saved"),
    (re.compile(r"\bmask = "), "In Python, for each mask"),
)


def code_of(text: str) -> Markup:
    """Return code within a sentence; a flag does not break at its hyphens."""
    words = [WORD.format(word) if word.startswith("--") else escape(word) for word in text.split(" ")]
    return Markup("<code>{}</code>").format(Markup(" ").join(words))


def command_row(text: str, words: str = "") -> Markup:
    """Return one command with its Copy button, and above it in words what it is for; lines break between words."""
    code = Markup(" ").join(WORD.format(word) for word in text.split(" "))
    above = Markup("<p>{}:</p>\n").format(words) if words else Markup("")
    return Markup('{}<div class="next"><code>{}</code> {}</div>').format(above, code, COPY)


def code_block(text: str) -> Markup:
    """Return a program of several lines with a Copy button."""
    return Markup('<div class="next program"><pre><code>{}</code></pre>{}</div>').format(text, COPY)


def with_commands(text: str) -> Markup:
    """Return a fix as paragraphs: a command that ends a sentence gets a row, other text in `backticks` is code.

    Where one of two remedies is enough, they are numbered.
    """
    first, separator, second = text.removeprefix(ONE_OF_TWO).partition(OR_CODE)
    if not (text.startswith(ONE_OF_TWO) and separator):
        return _paragraphs(text)
    remedies = _paragraphs(first), _paragraphs(f"Mend your code{second}")
    return Markup("<p>Do one of the two:</p>\n<ol><li>{}</li>\n<li>{}</li></ol>").format(*remedies)


def _paragraphs(text: str) -> Markup:
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return Markup("<p>{}</p>").format(text)
    blocks, sentence = list[Markup](), Markup("")
    for index, part in enumerate(parts):
        place = _place(parts, index)
        if place:
            said = Markup(re.sub(r":\s*$", ". ", sentence))
            blocks += [Markup("<p>{}{}:</p>").format(said, place), command_row(part)]
            sentence = Markup("")
        elif index % 2:
            sentence += code_of(part)
        else:
            sentence += escape(part[1:].lstrip() if index and _place(parts, index - 1) else part)
    return Markup("\n").join([*blocks, *_paragraph(sentence)])


def with_place(text: str) -> list[tuple[str, str]]:
    """Return the commands of a fix that get a row, each with the place where it is typed."""
    parts = text.split("`")
    return [(part, place) for index, part in enumerate(parts) if (place := _place(parts, index))]


def _place(parts: list[str], index: int) -> str:
    """Return where a part is typed; "" for words, and for code that does not end its sentence."""
    is_last = index % 2 and index + 1 < len(parts) and parts[index + 1][:1] in ("", ".")
    return place_of(parts[index]) if is_last else ""


def _paragraph(sentence: Markup) -> list[Markup]:
    return [Markup("<p>{}</p>").format(sentence)] if sentence.strip() else []


def place_of(code: str) -> str:
    """Return where a piece of code is typed, "" where it is no whole command."""
    if PLACEHOLDER.search(code):
        return ""
    return next((place for pattern, place in PLACES if pattern.search(code)), "")
