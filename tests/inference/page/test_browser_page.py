"""The exported page in a real browser: the mask is that of PyTorch, and nothing leaves the page."""

import base64
import io
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from maskwright.classes import IGNORE
from maskwright.imaging.photos import read_photo
from maskwright.inference.exported.self_test import self_test
from maskwright.inference.load import load
from maskwright.inference.segmenter import Segmenter
from tests.support.browsers import chromium, downloaded, state_when
from tests.support.filled import fill_polygon

PREDICTED = r": .*; masked in [\d.]+ s$"


@pytest.fixture(scope="module")
def segmenter(disc_run: Path) -> Segmenter:
    return replace(load(disc_run), bf16=False)


@pytest.fixture(scope="module")
def photos(discs: Path) -> list[Path]:
    return sorted(path for path in discs.iterdir() if path.suffix in (".jpg", ".png"))[:2]


def opened(browser: Browser, address: str) -> tuple[Page, list[str]]:
    """Return the page when it is ready, and the addresses that it asks for."""
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    assert state_when(page, "^Self-test: ").startswith("Self-test: identical")
    return page, asked


@contextmanager
def over_http(folder: Path) -> Iterator[str]:
    """Yield the address of a plain web server of the folder."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_the_file_opened_offline_gives_masks_polygons_and_areas(
    browser: Browser, page_file: Path, segmenter: Segmenter, photos: list[Path]
) -> None:
    page, asked = opened(browser, page_file.as_uri())
    assert page.inner_text("#trust").startswith("Finding disc: ")
    page.set_input_files("#file", [str(photo) for photo in photos])
    assert photos[-1].name in state_when(page, re.escape(photos[-1].name) + PREDICTED)
    assert page.locator("#shelf button").count() == len(photos)
    for photo in photos:
        page.click(f"#shelf button[title='{photo.name}']")
        page.wait_for_function(
            "(name) => document.getElementById('mask-link').download === name", arg=f"{photo.stem}.mask.png"
        )
        with Image.open(io.BytesIO(downloaded(page, "#mask-link"))) as image:
            mask, palette = np.array(image), image.getpalette()
        truth = self_test(segmenter, read_photo(photo)).mask
        assert np.mean((mask != truth) & (truth != IGNORE)) <= 0.001
        assert palette is not None
        assert tuple(palette[3:6]) == segmenter.classes.colours[1]
        answer = json.loads(downloaded(page, "#json-link"))
        assert answer["classes"][0]["area_px"] == int((mask == 1).sum())
        assert answer["classes"][0]["objects"] == len(answer["polygons"])
        filled = [
            fill_polygon(np.array(polygon["points"], dtype=np.float64), mask.shape) for polygon in answer["polygons"]
        ]
        assert np.mean(np.any(filled, axis=0) != (mask == 1)) < 0.02
        confidence = segmenter.prediction(photo).confidence.mean()
        assert answer["mean_confidence"] == pytest.approx(float(confidence), abs=0.01)
    with Image.open(io.BytesIO(downloaded(page, "#overlay"))) as image:
        assert image.size == (mask.shape[1], mask.shape[0])
    assert {address.partition(":")[0] for address in asked} <= {"file", "blob"}


def test_from_a_web_server_the_page_asks_for_nothing_but_itself(
    browser: Browser, page_file: Path, photos: list[Path]
) -> None:
    with over_http(page_file.parent) as address:
        page, asked = opened(browser, f"{address}/{page_file.name}")
        page.set_input_files("#file", str(photos[0]))
        state_when(page, PREDICTED)
        assert [url for url in asked if url.startswith("http")] == [f"{address}/{page_file.name}"]
        sent = page.evaluate("fetch(location.href).then(() => 'sent', () => 'forbidden')")
        assert sent == "forbidden"


def test_a_page_whose_mask_is_another_refuses_to_work(browser: Browser, page_file: Path, tmp_path: Path) -> None:
    text, tampered = page_file.read_text(), tmp_path / "tampered.html"
    held = re.search(r'id="part-mask">(.*?)</script>', text)
    assert held
    with Image.open(io.BytesIO(base64.b64decode(held[1]))) as image:
        mask = np.array(image)
    swapped = io.BytesIO()
    Image.fromarray(np.where(mask == IGNORE, mask, 1 - mask).astype(np.uint8)).save(swapped, format="PNG")
    tampered.write_text(text.replace(held[1], base64.b64encode(swapped.getvalue()).decode()))
    page = browser.new_page()
    page.goto(tampered.as_uri())
    assert state_when(page, "Self-test failed").startswith("Self-test failed: the mask differs in ")
    assert page.is_disabled("#file")
    assert page.is_disabled("#camera")


def test_what_is_no_photo_is_named_and_the_next_photo_still_works(
    browser: Browser, page_file: Path, photos: list[Path], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no photo")
    page, _ = opened(browser, page_file.as_uri())
    page.set_input_files("#file", [str(broken), str(photos[0])])
    assert "broken.jpg: this browser cannot read it as a photo" in state_when(page, "never")
    assert page.locator("#mask-link").is_visible()


def test_the_camera_is_segmented_frame_by_frame(page_file: Path, photos: list[Path], tmp_path: Path) -> None:
    film = tmp_path / "camera.mjpeg"
    with Image.open(photos[0]) as photo:
        photo.convert("RGB").resize((320, 240)).save(tmp_path / "frame.jpg", quality=95)
    film.write_bytes((tmp_path / "frame.jpg").read_bytes() * 3)
    flags = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
    with chromium(*flags, f"--use-file-for-fake-video-capture={film}") as browser:
        page, _ = opened(browser, page_file.as_uri())
        page.click("#camera")
        state_when(page, r"^The camera runs, (?!0\.0)[\d.]+ frames a second")
        assert page.evaluate("[document.getElementById('view').width, document.getElementById('view').height]") == [
            320,
            240,
        ]
        page.click("#stop")
        page.wait_for_selector("#stop", state="hidden")


def test_a_large_photo_is_previewed_on_a_reduced_one_with_the_areas_of_the_whole(
    browser: Browser, page_file: Path, photos: list[Path], tmp_path: Path
) -> None:
    page, _ = opened(browser, page_file.as_uri())
    with Image.open(photos[0]) as photo:
        large = photo.resize((2400, round(2400 * photo.height / photo.width)))
    large.save(tmp_path / "large.png")
    encoded = base64.b64encode((tmp_path / "large.png").read_bytes()).decode()
    answers = page.evaluate(
        """async (encoded) => {
            const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
            const blob = new Blob([bytes], { type: "image/png" });
            const answers = [];
            for (const reduced of [false, true]) {
                const { mask, ...answer } = await engine.predict(blob, { preview: true, reduced });
                const { width } = await createImageBitmap(mask);
                answers.push({ ...answer, maskWidth: width });
            }
            return answers;
        }""",
        encoded,
    )
    whole, preview = answers
    assert (whole["width"], whole["height"]) == (preview["width"], preview["height"]) == large.size
    assert (whole["maskWidth"], preview["maskWidth"]) == (2400, 1600)
    areas = [answer["classes"][0]["area_px"] for answer in answers]
    assert areas[0] > 0
    assert areas[1] == pytest.approx(areas[0], rel=0.02)
