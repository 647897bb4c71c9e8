"""The page that takes photos and the camera: with a server behind it, or with the network inside."""

import re
from collections.abc import Mapping
from html import escape
from importlib.resources import files

PAGE_POLICY = (
    "default-src 'none'; img-src blob: data:; media-src blob: mediastream:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline' 'wasm-unsafe-eval'; worker-src blob:; connect-src 'none'; "
    "form-action 'none'; base-uri 'none'"
)
"""What a page that holds the network may load: nothing from anywhere else, and it may send nothing."""
WORKER = ("objects.js", "png.js", "worker.js")


def server_page() -> str:
    """Return the page of a server, which sends photos to it."""
    values = {"title": "maskwright", "policy": "", "link": '<a href="/docs">API</a>', "parts": ""}
    return _filled({**values, "script": _script("engine_server.js")})


def browser_page(title: str, parts: Mapping[str, str]) -> str:
    """Return the page that computes in the browser.

    `parts` are the texts that it holds: runtime (a JavaScript module), facts (JSON), and in base64 wasm and model
    (gzip), and photo and mask of the self-test (PNG).
    """
    worker = "\n".join([_classic(parts["runtime"]), *(_text(name) for name in WORKER)])
    texts = {**{name: text for name, text in parts.items() if name != "runtime"}, "worker": worker}
    held = "".join(_part(name, text) for name, text in texts.items())
    policy = f'<meta http-equiv="Content-Security-Policy" content="{PAGE_POLICY}">'
    values = {"title": escape(title), "policy": policy, "link": "", "parts": held}
    return _filled({**values, "script": _script("engine_browser.js")})


def _classic(module: str) -> str:
    """Return a JavaScript module as a classic script that defines `runtime`.

    A page that is opened as a file may start classic workers only, and import nothing.
    """
    code, _, exports = module.rpartition("export{")
    names = (pair.split(" as ") for pair in exports.partition("}")[0].split(","))
    found = ", ".join(f"{outer}: {inner}" for inner, outer in names if outer != "default")
    code = code.replace("import.meta.url", "self.location.href")
    return f"const runtime = (() => {{ {code}\nreturn {{ {found} }}; }})();"


def _part(name: str, text: str) -> str:
    # The browser runs no script of this type; "</script" would end it.
    assert not re.search("</script|<!--", text, re.IGNORECASE), f"{name} cannot stand in a page"
    return f'<script type="text/plain" id="part-{name}">{text}</script>\n'


def _script(engine: str) -> str:
    return f'"use strict";\n{_text(engine)}\n{_text("page.js")}'


def _filled(values: Mapping[str, str]) -> str:
    pieces = _text("page.html").split("{{ ")
    return pieces[0] + "".join(
        values[name] + rest for name, _, rest in (piece.partition(" }}") for piece in pieces[1:])
    )


def _text(name: str) -> str:
    return files("maskwright.inference.page").joinpath(name).read_text(encoding="utf-8")
