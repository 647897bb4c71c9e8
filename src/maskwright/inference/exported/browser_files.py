"""model.html: a page that holds the network, ONNX Runtime, and a self-test, and computes in the browser."""

import base64
import gzip
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from maskwright._version import __version__
from maskwright.errors import ConfigError
from maskwright.files import write_bytes
from maskwright.imaging.mask_geometry import reduce_photo
from maskwright.imaging.photos import Photo
from maskwright.inference.exported.exported_files import require_exportable
from maskwright.inference.exported.float16_weights import with_half_weights
from maskwright.inference.exported.full_graph import long_sides, whole_model
from maskwright.inference.exported.metadata import MASK, PHOTO, Facts, SelfTest, as_metadata
from maskwright.inference.exported.network_to_onnx import network_function
from maskwright.inference.exported.onnxruntime_web import VERSION, OrtWeb
from maskwright.inference.exported.runtimes import Compute, compute_with, require_installed
from maskwright.inference.exported.self_test import Verified, compared, self_test
from maskwright.inference.page.web_page import browser_page
from maskwright.inference.segmenter import Segmenter, speck_share

if TYPE_CHECKING:
    from onnx import FunctionProto

DEFAULT_STEM = "model"
"""RUN/model.html, the default, is called by its folder."""
MOST_BYTES = 25_000_000
"""Of a page whose weights have 32 bits; a larger one has them in 16 bits."""
TEST_LONG_SIDE_PX = 256
"""The working scale of the page's self-test, at most: the plan's own takes over a third of the start."""
TEST_PHOTO_PX = 384
"""Long side of the photo of the page's self-test."""
MOST_MEGAPIXELS = 50
"""Of a photo in the page: WebAssembly addresses 4 GB."""


@dataclass(frozen=True)
class PageWritten:
    """A page: how its mask of the self-test compares to PyTorch's, and the bits of its weights, 32 or 16."""

    verified: Verified
    bits: int


def write_page(path: Path, segmenter: Segmenter, facts: Facts, *, photo: Photo, runtime: OrtWeb) -> PageWritten:
    """Write a Segmenter as a page that segments in a browser, with `photo` as its self-test.

    The self-test is of one small scale without mirroring, so that the page is ready soon. ConfigError for what a page
    cannot hold, or if more than 0.1 % of the self-test's pixels differ.
    """
    require_installed("onnx")
    require_exportable(segmenter)
    if facts.grey_range or facts.bands:
        raise ConfigError(
            "a browser cannot read 16-bit photos or chosen bands: --to onnx holds this run, html does not"
        )
    small = replace(segmenter.at_one_scale(), long_side_px=_test_long_side(facts))
    test = self_test(small, reduce_photo(photo, TEST_PHOTO_PX))
    network = network_function(segmenter.net)  # type: ignore[arg-type]
    name = path.stem if path.stem != DEFAULT_STEM else path.resolve().parent.name
    bits, model = 32, open_model(segmenter, network)
    page = _page(name, facts, test=test, model=model, runtime=runtime)
    if len(page) > MOST_BYTES:
        bits, model = 16, open_model(segmenter, with_half_weights(network))
        page = _page(name, facts, test=test, model=model, runtime=runtime)
    verified = compared(_at_one_scale(model, small), test, "onnx")
    if not verified.is_equal:
        raise ConfigError(f"not exported: the exported network's mask of the self-test {verified.words}")
    write_bytes(path, page)
    return PageWritten(verified, bits)


def open_model(segmenter: Segmenter, network: "FunctionProto") -> bytes:
    """Return the graph of a page, which takes scales and mirrors as inputs."""
    return bytes(whole_model(segmenter, network, is_open=True).SerializeToString())


def _at_one_scale(model: bytes, segmenter: Segmenter) -> Compute:
    """Return what the page does with a photo: the open model at one scale, and the removal of small patches."""
    compute = compute_with("onnx", model)
    sides, mirrors = np.array(long_sides(segmenter)), np.array(1)
    return lambda photos: [segmenter.cleaned(compute([*photos, sides, mirrors])[0])]


def _page(name: str, facts: Facts, *, test: SelfTest, model: bytes, runtime: OrtWeb) -> bytes:
    pictures = as_metadata(facts, test)
    parts = {
        "runtime": runtime.script,
        "facts": json.dumps(_page_facts(name, facts)).replace("<", "\\u003c"),
        "wasm": _packed(runtime.wasm),
        "model": _packed(model),
        "photo": pictures[PHOTO],
        "mask": pictures[MASK],
    }
    return browser_page(name, parts).encode()


def _page_facts(name: str, facts: Facts) -> dict[str, object]:
    classes, plan = facts.classes, facts.predict
    return {
        "name": name,
        "classes": [{"id": i, "name": classes.names[i], "colour": classes.colours[i]} for i in classes.scored],
        "colours": classes.colours,
        "background": classes.background,
        "one_object": plan.one_object and classes.is_binary,
        "least_patch": plan.least_patch,
        "speck_share": speck_share(plan, facts.long_side_px),
        "trust": facts.trust,
        "least_totals": plan.least_totals,
        "long_sides": [facts.long_side_px * zoom for zoom in plan.zooms],
        "preview_long_side": facts.long_side_px,
        "test_long_side": _test_long_side(facts),
        "mirrored": plan.flip,
        "megapixels": MOST_MEGAPIXELS,
        "lines": _lines(facts),
    }


def _test_long_side(facts: Facts) -> int:
    """Return the scale of the self-test: it has each operation of the network, whatever the scale."""
    return min(facts.long_side_px, TEST_LONG_SIDE_PX)


def _lines(facts: Facts) -> list[str]:
    run = f"maskwright {__version__}, run {facts.run_sha256[:16]}"
    return [
        f"{run}; weights began as: {facts.weights}; licence: {facts.licence}",
        f"Computed here by ONNX Runtime Web {VERSION} (MIT licence, Microsoft Corporation), on one thread.",
    ]


def _packed(data: bytes) -> str:
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()
