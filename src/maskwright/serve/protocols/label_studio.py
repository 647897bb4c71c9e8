"""Label Studio's ML backend protocol: the labelling configuration read, and the photos of its tasks fetched."""

import base64
import binascii
import json
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

from maskwright.serve.limits import Limits
from maskwright.serve.protocols.label_studio_regions import LabelControl
from maskwright.serve.refusal import RefusedError, too_large

CONTROLS = {"BrushLabels": "brushlabels", "PolygonLabels": "polygonlabels"}
MOST_TASKS = 100
FETCH_S = 20.0
MOST_TOKEN_BYTES = 100_000
FAILURES = (OSError, ValueError, HTTPException)
"""What a request to Label Studio can raise."""


@dataclass(frozen=True)
class LabelStudio:
    """Where photos of tasks may be fetched from: the address of Label Studio, and a token of one of its users.

    Both of its kinds of tokens are taken: legacy ones, and personal access tokens, which are exchanged for a short one.
    """

    url: str = ""
    token: str = ""


def label_control(label_config: str) -> LabelControl:
    """Return the first tag that takes brush strokes or polygons on an image; RefusedError if there is none."""
    try:
        root = ElementTree.fromstring(label_config)
    except ElementTree.ParseError as error:
        raise RefusedError(422, f"label_config is not XML ({error})") from error
    images = {tag.get("name", ""): tag.get("value", "").lstrip("$") for tag in root.iter("Image")}
    for tag in root.iter():
        if tag.tag in CONTROLS and tag.get("toName", "") in images:
            labels = tuple(label.get("value", "") for label in tag.iter("Label"))
            to_name = tag.get("toName", "")
            return LabelControl(CONTROLS[tag.tag], tag.get("name", ""), to_name, images[to_name], labels)
    raise RefusedError(422, "label_config has no BrushLabels or PolygonLabels on an Image: add one of them")


def tasks_in(payload: Mapping[str, object]) -> list[dict[str, object]]:
    """Return the tasks of a request; RefusedError if there are none, or too many."""
    tasks = payload.get("tasks")
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise RefusedError(422, 'the JSON holds no list "tasks": send a photo as raw bytes or as a form instead')
    if len(tasks) > MOST_TASKS:
        raise RefusedError(413, f"{len(tasks)} tasks in one request, and at most {MOST_TASKS} are accepted")
    return tasks


def fetch_photo(task: Mapping[str, object], key: str, studio: LabelStudio, limits: Limits) -> bytes:
    """Return the bytes of a task's photo: embedded, or from Label Studio itself. No other address is opened."""
    data = task.get("data")
    where = data.get(key) if isinstance(data, dict) else None
    if not isinstance(where, str):
        raise RefusedError(422, f"a task has no text in data.{key}")
    if where.startswith("data:"):
        return _embedded(where)
    if not studio.url:
        raise RefusedError(422, "the photos are in Label Studio: start the server with --label-studio URL")
    url = urljoin(studio.url.rstrip("/") + "/", where)
    ours, theirs = urlsplit(studio.url), urlsplit(url)
    if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
        raise RefusedError(422, f"a photo is at {theirs.netloc}, and only those at {ours.netloc} are fetched")
    return _fetched(url, studio, limits)


def _embedded(uri: str) -> bytes:
    try:
        return base64.b64decode(uri.partition(",")[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise RefusedError(422, "a task's data: address is not base64") from error


def _fetched(url: str, studio: LabelStudio, limits: Limits) -> bytes:
    headers = _authorization(studio)
    try:
        data = _answer(urllib.request.Request(url, headers=headers), limits.body_bytes + 1)
    except FAILURES as error:
        raise RefusedError(
            422, f"the photo {url} cannot be fetched ({str(error)[:100]}): check LABEL_STUDIO_API_KEY"
        ) from error
    if len(data) > limits.body_bytes:
        raise too_large(len(data), limits)
    return data


def _authorization(studio: LabelStudio) -> dict[str, str]:
    """Return the header for a token. A personal access token is a JWT, of three parts: it gives a short-lived one."""
    if not studio.token:
        return {}
    if studio.token.count(".") != 2:
        return {"Authorization": f"Token {studio.token}"}
    url = urljoin(studio.url.rstrip("/") + "/", "api/token/refresh")
    body, kind = json.dumps({"refresh": studio.token}).encode(), {"Content-Type": "application/json"}
    try:
        access = json.loads(_answer(urllib.request.Request(url, body, kind), MOST_TOKEN_BYTES))["access"]
    except (*FAILURES, KeyError, TypeError) as error:
        raise RefusedError(
            422, f"Label Studio takes no token at {url} ({str(error)[:100]}): check LABEL_STUDIO_API_KEY"
        ) from error
    return {"Authorization": f"Bearer {access}"}


def _answer(request: urllib.request.Request, most_bytes: int) -> bytes:
    with _opener().open(request, timeout=FETCH_S) as response:
        data: bytes = response.read(most_bytes)
    return data


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the token is for Label Studio only."""

    def redirect_request(self, *_: object) -> None:
        return None


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_NoRedirect())
