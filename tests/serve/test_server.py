import base64
import io
import json
import os
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from maskwright.imaging.photos import read_photo
from maskwright.imaging.run_lengths.label_studio import decode_brush
from maskwright.inference.load import load
from tests.serve.conftest import TOKEN, Running
from tests.support.browsers import chromium, downloaded, state_when


@pytest.fixture(scope="session")
def photo(discs: Path) -> Path:
    return min(path for path in discs.iterdir() if path.suffix in (".jpg", ".png"))


@pytest.fixture(scope="session")
def truth(disc_run: Path, photo: Path) -> np.ndarray:
    return load(disc_run).mask(photo)


def png(pixels: np.ndarray) -> bytes:
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, format="PNG")
    return data.getvalue()


def decoded(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.array(image)


def test_the_mask_is_that_of_the_segmenter_raw_or_as_a_form(running: Running, photo: Path, truth: np.ndarray) -> None:
    raw = running.client.post("/predict?format=mask", content=photo.read_bytes())
    file = {"photo": (photo.name, photo.read_bytes())}
    form = running.client.post("/predict?run=again", files=file, headers={"Accept": "image/png"})
    for response in (raw, form):
        assert response.headers["content-type"] == "image/png"
        assert np.array_equal(decoded(response.content), truth)


def test_every_format_answers_and_they_agree(running: Running, photo: Path, truth: np.ndarray) -> None:
    def ask(name: str) -> httpx.Response:
        response = running.client.post(f"/predict?format={name}", content=photo.read_bytes())
        assert response.status_code == 200, response.text
        return response

    polygons, everything, geojson = (ask(name).json() for name in ("polygons", "all", "geojson"))
    assert (polygons["height"], polygons["width"]) == truth.shape
    assert polygons["classes"][0]["area_px"] == int((truth == 1).sum())
    assert np.array_equal(decoded(base64.b64decode(everything["mask_png"])), truth)
    assert len(geojson["features"]) == polygons["classes"][0]["objects"]
    assert decoded(ask("overlay").content).shape == (*truth.shape, 3)
    assert decoded(ask("confidence").content).shape == truth.shape


def test_pages_and_health_need_no_token_and_load_nothing_from_elsewhere(running: Running) -> None:
    for path in ("/", "/docs", "/live", "/health", "/v2/health/ready"):
        response = httpx.get(running.url + path, timeout=30)
        assert response.status_code == 200
        assert "http://" not in response.text
        assert "https://" not in response.text
    refused = httpx.post(running.url + "/predict", timeout=30)
    assert (refused.status_code, "token" in refused.json()["error"]) == (401, True)
    assert httpx.get(running.url + "/runs", auth=("any", TOKEN), timeout=30).status_code == 200


def test_a_photo_dropped_on_the_page_gets_the_mask_of_the_segmenter(
    running: Running, photo: Path, truth: np.ndarray
) -> None:
    with chromium() as browser:
        page = browser.new_page()
        page.on("dialog", lambda dialog: dialog.accept(TOKEN))
        page.goto(running.url)
        page.wait_for_selector("#file:enabled", state="attached")
        page.set_input_files("#file", str(photo))
        assert state_when(page, f"{photo.name}: .*; masked in [0-9.]+ s$").startswith(photo.name)
        assert np.array_equal(decoded(downloaded(page, "#mask-link")), truth)
        assert json.loads(downloaded(page, "#json-link"))["classes"][0]["area_px"] == int((truth == 1).sum())


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_the_first_screen_names_the_model_and_says_how_far_to_trust_it(running: Running, size: tuple[int, int]) -> None:
    with chromium() as browser:
        page = browser.new_page(viewport={"width": size[0], "height": size[1]})
        page.on("dialog", lambda dialog: dialog.accept(TOKEN))
        page.goto(running.url)
        page.wait_for_selector("#file:enabled", state="attached")
        assert page.inner_text("#model") == "discs"
        assert page.inner_text("#trust").startswith("Finding disc: ")
        box = page.locator("#about").bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= size[0]
        assert box["y"] + box["height"] < size[1]
        page.select_option("#run", "again")
        assert page.inner_text("#model") == "again"


def test_what_cannot_be_answered_is_refused_with_its_status(running: Running, photo: Path) -> None:
    large = png(np.zeros((900, 900, 3), dtype=np.uint8))
    bomb = png(np.zeros((20000, 5000), dtype=np.uint8))
    cut = photo.read_bytes()[:500]
    cases = [
        (b"", "/predict", 422),
        (b"no photo", "/predict", 422),
        (cut, "/predict", 422),
        (large, "/predict", 413),
        (bomb, "/predict", 413),
        (b"x" * 400_000, "/predict", 413),
        (photo.read_bytes(), "/predict?format=tiff", 422),
        (photo.read_bytes(), "/predict?run=../other", 404),
    ]
    for body, path, status in cases:
        response = running.client.post(path, content=body)
        assert response.status_code == status, (path, response.text)
        assert "\n" not in response.json()["error"]
    damaged = running.client.post(
        "/predict", content=b"--x\r\nno form", headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert damaged.status_code == 422


def test_a_body_that_does_not_arrive_is_refused(running: Running) -> None:
    host, port = running.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as slow:
        head = f"POST /predict HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 1000\r\n\r\nx"
        slow.sendall(head.encode())
        assert slow.recv(100).startswith(b"HTTP/1.1 408")


def test_a_full_queue_says_when_to_try_again(running: Running, photo: Path) -> None:
    body = photo.read_bytes()
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: running.client.post("/predict?format=mask", content=body), range(24)))
    statuses = {answer.status_code for answer in answers}
    assert statuses <= {200, 429}
    assert 200 in statuses
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code == 429)
    assert running.serving.dispatcher.waiting == 0


def test_a_killed_worker_fails_what_is_in_flight_and_is_started_again(
    running: Running, photo: Path, truth: np.ndarray
) -> None:
    pid = running.serving.worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    before = running.client.post("/predict?format=mask", content=photo.read_bytes())
    after = running.client.post("/predict?format=mask", content=photo.read_bytes())
    assert before.status_code in (200, 503)
    assert np.array_equal(decoded(after.content), truth)
    assert running.serving.worker.pid != pid
    assert "maskwright_worker_restarts_total 1" in running.client.get("/metrics").text


def test_metrics_count_requests_by_route(running: Running, photo: Path) -> None:
    running.client.post("/predict", content=photo.read_bytes())
    text = running.client.get("/metrics").text
    assert 'maskwright_requests_total{path="/predict",status="200"}' in text
    assert 'maskwright_prediction_seconds_bucket{le="+Inf"}' in text


@pytest.mark.parametrize("is_binary", [False, True])
def test_the_open_inference_protocol_takes_pixels_and_gives_masks(
    running: Running, photo: Path, truth: np.ndarray, is_binary: bool
) -> None:
    pixels = read_photo(photo)
    tensor: dict[str, object] = {"name": "photo", "datatype": "UINT8", "shape": list(pixels.shape)}
    if is_binary:
        tensor["parameters"] = {"binary_data_size": pixels.size}
    else:
        tensor["data"] = pixels.reshape(-1).tolist()
    outputs = [{"name": "mask", "parameters": {"binary_data": is_binary}}]
    head = json.dumps({"id": "7", "inputs": [tensor], "outputs": outputs}).encode()
    response = running.client.post(
        "/v2/models/discs/infer",
        content=head + (pixels.tobytes() if is_binary else b""),
        headers={"Inference-Header-Content-Length": str(len(head))} if is_binary else {},
    )
    length = int(response.headers.get("Inference-Header-Content-Length", len(response.content)))
    answer = json.loads(response.content[:length])
    output = answer["outputs"][0]
    mask = np.frombuffer(response.content[length:], np.uint8) if is_binary else np.array(output["data"])
    assert (answer["id"], answer["model_name"], output["shape"]) == ("7", "discs", list(truth.shape))
    assert np.array_equal(mask.reshape(truth.shape), truth)


def test_a_triton_client_finds_the_runs_and_gets_mask_and_confidence(
    running: Running, photo: Path, truth: np.ndarray
) -> None:
    triton = pytest.importorskip("tritonclient.http")
    headers, pixels = {"Authorization": f"Bearer {TOKEN}"}, read_photo(photo)
    with triton.InferenceServerClient(running.url.removeprefix("http://")) as client:
        assert client.is_server_ready()
        (given,) = client.get_model_metadata("discs", headers=headers)["inputs"]
        tensor = triton.InferInput(given["name"], list(pixels.shape), given["datatype"])
        tensor.set_data_from_numpy(pixels)
        answer = client.infer("discs", [tensor], headers=headers)
        assert np.array_equal(answer.as_numpy("mask"), truth)
        assert answer.as_numpy("confidence").shape == truth.shape
        with pytest.raises(triton.InferenceServerException, match="there is no run 'other'"):
            client.infer("other", [tensor], headers=headers)


def test_the_open_inference_protocol_refuses_what_it_does_not_know(running: Running) -> None:
    tensor = {"name": "photo", "datatype": "FP32", "shape": [2, 2, 3], "data": [0.0] * 12}
    short = {"name": "photo", "datatype": "UINT8", "shape": [2, 2, 3], "data": [0] * 11}
    for payload in ({}, {"inputs": [tensor]}, {"inputs": [short]}, {"inputs": [short, short]}, {"inputs": 5}):
        response = running.client.post("/v2/models/discs/infer", json=payload)
        assert response.status_code == 422
    assert running.client.get("/v2/models/none").status_code == 404
    assert running.client.get("/v2/models/discs").json()["inputs"][0]["datatype"] == "UINT8"


@pytest.mark.parametrize("tag", ["BrushLabels", "PolygonLabels"])
def test_label_studio_gets_regions_for_its_tasks(running: Running, photo: Path, truth: np.ndarray, tag: str) -> None:
    tags = f'<{tag} name="tag" toName="image"><Label value="disc"/></{tag}>'
    config = f'<View><Image name="image" value="$photo"/>{tags}</View>'
    assert running.client.post("/setup", json={"project": "1", "schema": config}).json() == {"model_version": "discs"}
    uri = "data:image/png;base64," + base64.b64encode(photo.read_bytes()).decode()
    payload = {"tasks": [{"id": 1, "data": {"photo": uri}}], "label_config": config, "project": "1.2"}
    response = running.client.post("/predict", json=payload)
    regions = response.json()["results"][0]["result"]
    height, width = truth.shape
    assert all((region["original_height"], region["original_width"]) == truth.shape for region in regions)
    assert all((region["from_name"], region["to_name"]) == ("tag", "image") for region in regions)
    if tag == "BrushLabels":
        values = decode_brush(regions[0]["value"]["rle"], 4 * height * width)
        assert np.array_equal(values[::4].reshape(truth.shape) > 127, truth == 1)
    else:
        points = np.concatenate([region["value"]["points"] for region in regions])
        assert points.min() >= 0
        assert points.max() <= 100


def test_photos_of_tasks_are_fetched_from_nowhere_else(running: Running) -> None:
    config = '<View><Image name="i" value="$u"/><BrushLabels name="t" toName="i"/></View>'
    for address in (running.url + "/", "file:///etc/hostname", "/data/upload/1.png"):
        payload = {"tasks": [{"data": {"u": address}}], "label_config": config}
        assert running.client.post("/predict", json=payload).status_code == 422


def test_the_servers_own_source_gives_its_newest_frame(running: Running) -> None:
    threading.Event().wait(0.3)  # the film has ended by now
    response = running.client.get("/live/frame")
    assert decoded(response.content).shape == (48, 64, 3)
    assert (response.headers["X-Frame"], response.headers["X-Last-Frame"]) == ("5", "1")
