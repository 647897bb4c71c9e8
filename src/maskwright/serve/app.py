"""The HTTP application: photos in, masks out; pages, health, metrics, and two protocols of other tools."""

import asyncio
import hmac
import json
import time
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse

from maskwright._version import __version__
from maskwright.inference.page.web_page import server_page
from maskwright.serve import bodies
from maskwright.serve.answers import BY_CONTENT_TYPE, FORMATS
from maskwright.serve.limits import Limits
from maskwright.serve.live_source import LiveSource
from maskwright.serve.protocols.inference_protocol import HEADER_LENGTH, infer_answer, model_metadata, read_infer
from maskwright.serve.protocols.label_studio import LabelStudio, fetch_photo, label_control, tasks_in
from maskwright.serve.refusal import RefusedError
from maskwright.serve.request_queue import Dispatcher
from maskwright.serve.server_metrics import ServerMetrics
from maskwright.serve.worker import Worker
from maskwright.serve.worker_process import Done, Job

OPEN_PATHS = ("/", "/live", "/docs", "/health", "/v2/health/live", "/v2/health/ready")
"""What is answered without the token: pages that ask for it, and health."""
CONTENT_POLICY = (
    "default-src 'none'; img-src 'self' blob: data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "connect-src 'self'; media-src 'self' blob: mediastream:"
)
Next = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Serving:
    """What one server works with: its worker behind the queue, its limits, its token ("" for none)."""

    dispatcher: Dispatcher
    limits: Limits
    token: str = ""
    studio: LabelStudio = field(default_factory=LabelStudio)
    source: LiveSource | None = None
    metrics: ServerMetrics = field(default_factory=ServerMetrics)

    @property
    def worker(self) -> Worker:
        """The worker."""
        return self.dispatcher.worker

    async def ask(self, job: Job) -> Done:
        """Return the answer to a job, its time and pixels counted."""
        begin = time.monotonic()
        done = await self.dispatcher.ask(job)
        self.metrics.count_prediction(time.monotonic() - begin, done.size_hw[0] * done.size_hw[1])
        return done

    def run_named(self, name: str | None) -> str:
        """Return the name of a run, the first one by default; RefusedError 404 if there is none of this name."""
        names = list(self.worker.classes)
        if name is not None and name not in names:
            raise RefusedError(404, f"there is no run {name!r}: there are {', '.join(names)}")
        return name or names[0]


def create_app(serving: Serving) -> FastAPI:
    """Return the application of a server whose worker is started."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        serving.dispatcher.close()

    app = FastAPI(title="maskwright", version=__version__, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.serving = serving
    app.exception_handler(RefusedError)(_refused)
    app.middleware("http")(_guarded)
    app.include_router(pages)
    app.include_router(predictions)
    app.include_router(protocols)
    return app


pages, predictions, protocols = APIRouter(), APIRouter(), APIRouter()


def serving_of(request: Request) -> Serving:
    """Return what the server of a request works with."""
    serving: Serving = request.app.state.serving
    return serving


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    headers = {} if error.retry_after_s is None else {"Retry-After": str(error.retry_after_s)}
    return JSONResponse({"error": error.message}, error.status, headers)


async def _guarded(request: Request, call_next: Next) -> Response:
    """Check the token, count the request by its route, and forbid pages to load anything from elsewhere."""
    serving = serving_of(request)
    if serving.token and request.url.path not in OPEN_PATHS and not _has_token(request, serving.token):
        response: Response = JSONResponse(
            {"error": "a token is needed: send Authorization: Bearer TOKEN"}, 401, {"WWW-Authenticate": "Bearer"}
        )
    else:
        response = await call_next(request)
    route = request.scope.get("route")
    serving.metrics.count_request(getattr(route, "path", "other"), response.status_code)
    response.headers["Content-Security-Policy"] = CONTENT_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _has_token(request: Request, token: str) -> bool:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":  # as Label Studio sends it: the token is the password
        try:
            value = b64decode(value, validate=True).decode().partition(":")[2]
        except ValueError:
            return False
    return hmac.compare_digest(value.encode(), token.encode())


@pages.get("/", response_class=HTMLResponse, include_in_schema=False)
@pages.get("/live", response_class=HTMLResponse, include_in_schema=False)
def page() -> str:
    """Return the page that takes photos and the camera."""
    return server_page()


@pages.get("/docs", response_class=HTMLResponse, include_in_schema=False)
def documentation() -> str:
    """Return the documentation of the paths, which loads nothing from elsewhere."""
    return files("maskwright.serve").joinpath("docs.html").read_text(encoding="utf-8")


@pages.get("/health")
def health(request: Request) -> JSONResponse:
    """Say whether the worker is there, as Label Studio asks."""
    is_ready = serving_of(request).worker.is_ready
    return JSONResponse({"status": "UP" if is_ready else "DOWN", "model_class": "maskwright"}, 200 if is_ready else 503)


@pages.get("/runs")
def runs(request: Request) -> dict[str, object]:
    """List the runs, each with its classes and how far to trust it, and the limits."""
    serving = serving_of(request)
    classes = {name: list(names) for name, names in serving.worker.classes.items()}
    return {
        "version": __version__,
        "runs": classes,
        "trust": serving.worker.trust,
        "megapixels": serving.limits.megapixels,
        "source": serving.source is not None,
    }


@pages.get("/metrics", response_class=PlainTextResponse)
def metrics(request: Request) -> str:
    """Return numbers for Prometheus."""
    serving = serving_of(request)
    worker = serving.worker
    return serving.metrics.text(waiting=serving.dispatcher.waiting, restarts=worker.restarts, is_ready=worker.is_ready)


PHOTO_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "image/*": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"photo": {"type": "string", "format": "binary"}}}
            },
        },
    }
}


@predictions.post("/predict", openapi_extra=PHOTO_BODY, response_class=Response)
async def predict(request: Request, run: str | None = None, format: str | None = None) -> Response:
    """Return the mask of a photo: as `format`, or as the Accept header says. JSON with tasks is Label Studio's."""
    serving = serving_of(request)
    name = serving.run_named(run)
    if request.headers.get("content-type", "").startswith("application/json"):
        return await _predict_tasks(request, serving, name)
    wanted = format or BY_CONTENT_TYPE.get(request.headers.get("accept", "").split(",")[0].split(";")[0], "polygons")
    if wanted not in FORMATS:
        raise RefusedError(422, f"there is no format {wanted!r}: there are {', '.join(FORMATS)}")
    done = await serving.ask(Job(name, await bodies.photo_in(request, serving.limits), wanted))
    return Response(done.body, media_type=done.content_type)


@predictions.get("/live/frame", include_in_schema=False)
async def live_frame(request: Request, run: str | None = None) -> Response:
    """Return the newest frame of the server's own source with its mask, as JPEG."""
    serving = serving_of(request)
    if serving.source is None:
        raise RefusedError(404, "the server has no source: start it with `maskwright live RUN --source FILM`")
    frame = await asyncio.to_thread(serving.source.newest)
    height, width = frame.photo.shape[:2]
    done = await serving.ask(Job(serving.run_named(run), frame.photo.tobytes(), "overlay", (height, width, 3)))
    headers = {
        "X-Frame": str(frame.number),
        "X-Frames-Skipped": str(serving.source.skipped),
        "X-Last-Frame": str(int(frame.is_last)),
        "Cache-Control": "no-store",
    }
    return Response(done.body, media_type=done.content_type, headers=headers)


async def _predict_tasks(request: Request, serving: Serving, run: str) -> Response:
    payload = _json(await bodies.read_body(request, serving.limits))
    tasks = tasks_in(payload)
    control = label_control(str(payload.get("label_config") or ""))
    results = []
    for task in tasks:
        photo = await asyncio.to_thread(fetch_photo, task, control.value, serving.studio, serving.limits)
        done = await serving.ask(Job(run, photo, control=control))
        results.append({**json.loads(done.body), "model_version": run})
    return JSONResponse({"results": results, "model_version": run})


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RefusedError(422, f"the body is not JSON ({str(error)[:100]})") from error
    if not isinstance(value, dict):
        raise RefusedError(422, "the body is not a JSON object")
    return value


@protocols.post("/setup", include_in_schema=False)
async def setup(request: Request) -> dict[str, str]:
    """Answer Label Studio, which says that a project uses this server; its labels are checked."""
    serving = serving_of(request)
    payload = _json(await bodies.read_body(request, serving.limits))
    if payload.get("schema"):
        label_control(str(payload["schema"]))
    return {"model_version": serving.run_named(None)}


@protocols.get("/v2")
def server_metadata() -> dict[str, object]:
    """Name the server and the extensions of the Open Inference Protocol that it has."""
    return {"name": "maskwright", "version": __version__, "extensions": ["binary_tensor_data"]}


@protocols.get("/v2/health/live")
def live() -> dict[str, bool]:
    """Say that the server answers."""
    return {"live": True}


@protocols.get("/v2/health/ready")
def ready(request: Request) -> JSONResponse:
    """Say whether the worker is there."""
    is_ready = serving_of(request).worker.is_ready
    return JSONResponse({"ready": is_ready}, 200 if is_ready else 503)


@protocols.get("/v2/models/{name}")
def model(request: Request, name: str) -> dict[str, object]:
    """Say what a run takes and gives."""
    serving = serving_of(request)
    return model_metadata(name, serving.worker.classes[serving.run_named(name)])


@protocols.get("/v2/models/{name}/ready")
def model_ready(request: Request, name: str) -> JSONResponse:
    """Say whether a run can predict."""
    serving_of(request).run_named(name)
    return ready(request)


@protocols.post("/v2/models/{name}/infer")
async def infer(request: Request, name: str) -> Response:
    """Predict the pixels of a photo, or an image file."""
    serving = serving_of(request)
    body = await bodies.read_body(request, serving.limits)
    asked = read_infer(body, request.headers.get(HEADER_LENGTH), serving.run_named(name))
    done = await serving.ask(asked.job)
    answer, json_bytes = infer_answer(asked, done.body, done.size_hw)
    if json_bytes == len(answer):
        return Response(answer, media_type="application/json")
    return Response(answer, media_type="application/octet-stream", headers={HEADER_LENGTH: str(json_bytes)})
