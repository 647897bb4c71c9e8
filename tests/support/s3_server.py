"""A small server on loopback that speaks S3: objects, lists, ranges, uploads in parts; it can be made to fail."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

NO_HEADERS: Mapping[str, str] = MappingProxyType({})
WHEN = "Sun, 29 Nov 2026 00:00:00 GMT"


@dataclass
class S3:
    """What the server holds, "bucket/key" -> bytes, and how many of the next requests it will fail."""

    port: int = 0
    objects: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    failing: int = 0
    failing_after: int | None = None
    cutting: int = 0
    requests: list[str] = field(default_factory=list)

    def fail_after(self, requests: int) -> None:
        """Answer so many further requests, and fail all others."""
        self.failing_after = requests

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which clients find it."""
        address = f"http://127.0.0.1:{self.port}"
        return {
            "AWS_ENDPOINT_URL": address,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
        }


@contextmanager
def s3_server() -> Iterator[S3]:
    """Start the server on a free port, and end it with the block."""
    held = S3()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"held": held}))
    held.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    held: S3

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""

    def _begin(self) -> tuple[str, dict[str, str], bytes] | None:
        """Return key, query and body; None if this request was made to fail."""
        address = urlsplit(self.path)
        body = self._body()
        self.held.requests.append(f"{self.command} {self.path}")
        if self.held.failing_after is not None:
            self.held.failing_after -= 1
            self.held.failing = int(self.held.failing_after < 0)
        if self.held.failing > 0:
            self.held.failing -= 1
            self._answer(503, b"<Error><Code>SlowDown</Code></Error>")
            return None
        query = {name: values[0] for name, values in parse_qs(address.query, keep_blank_values=True).items()}
        return unquote(address.path).strip("/"), query, body

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, code: int, body: bytes = b"", headers: Mapping[str, str] = NO_HEADERS) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if self.held.cutting > 0 and self.command == "GET" and "list-type" not in self.path and body:
            self.held.cutting -= 1
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
            return
        self.wfile.write(body)

    def do_GET(self) -> None:
        request = self._begin()
        if request is None:
            return
        key, query, _ = request
        if "list-type" in query or "prefix" in query:
            self._answer(200, self._listed(key, query), {"Content-Type": "application/xml"})
        elif key in self.held.objects:
            self._object(self.held.objects[key])
        else:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    do_HEAD = do_GET  # noqa: N815 - the name is the method's

    def _object(self, data: bytes) -> None:
        facts = {"Last-Modified": WHEN, "ETag": f'"{md5(data).hexdigest()}"'}
        unit, _, span = self.headers.get("Range", "").partition("=")
        if unit == "bytes":
            first, _, last = span.partition("-")
            low, high = int(first), min(int(last or len(data) - 1), len(data) - 1)
            self._answer(206, data[low : high + 1], {"Content-Range": f"bytes {low}-{high}/{len(data)}", **facts})
        elif self.command == "HEAD":
            self._answer(200, b"", {"Content-Length": str(len(data)), **facts})
        else:
            self._answer(200, data, facts)

    def _listed(self, bucket: str, query: dict[str, str]) -> bytes:
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        keys = sorted(
            key.removeprefix(f"{bucket}/") for key in self.held.objects if key.startswith(f"{bucket}/{prefix}")
        )
        folders = {
            prefix + key[len(prefix) :].partition("/")[0] + "/"
            for key in keys
            if delimiter and "/" in key[len(prefix) :]
        }
        files = [key for key in keys if not (delimiter and "/" in key[len(prefix) :])]
        first = int(query.get("continuation-token", "0"))
        page, more = files[first : first + 1000], len(files) > first + 1000
        entries = "".join(self._entry(bucket, key) for key in page)
        common = "".join(
            f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>" for name in sorted(folders)
        )
        after = f"<NextContinuationToken>{first + 1000}</NextContinuationToken>" if more else ""
        return (
            f"<ListBucketResult><Name>{escape(bucket)}</Name><Prefix>{escape(prefix)}</Prefix>"
            f"<KeyCount>{len(page)}</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>{str(more).lower()}</IsTruncated>"
            f"{after}{entries}{common}</ListBucketResult>"
        ).encode()

    def _entry(self, bucket: str, key: str) -> str:
        data = self.held.objects[f"{bucket}/{key}"]
        return (
            f"<Contents><Key>{escape(key)}</Key><LastModified>2026-11-29T00:00:00.000Z</LastModified>"
            f"<ETag>&quot;{md5(data).hexdigest()}&quot;</ETag><Size>{len(data)}</Size></Contents>"
        )

    def do_PUT(self) -> None:
        request = self._begin()
        if request is None:
            return
        key, query, body = request
        if "uploadId" in query:
            self.held.uploads[query["uploadId"]][int(query["partNumber"])] = body
        else:
            self.held.objects[key] = body
        self._answer(200, b"", {"ETag": f'"{md5(body).hexdigest()}"'})

    def do_POST(self) -> None:
        request = self._begin()
        if request is None:
            return
        key, query, _ = request
        if "uploads" in query:
            name = f"upload{len(self.held.uploads)}"
            self.held.uploads[name] = {}
            self._answer(
                200,
                f"<InitiateMultipartUploadResult><UploadId>{name}</UploadId></InitiateMultipartUploadResult>".encode(),
            )
            return
        parts = self.held.uploads.pop(query["uploadId"])
        self.held.objects[key] = b"".join(parts[number] for number in sorted(parts))
        self._answer(
            200, b"<CompleteMultipartUploadResult><ETag>&quot;whole&quot;</ETag></CompleteMultipartUploadResult>"
        )

    def do_DELETE(self) -> None:
        request = self._begin()
        if request is None:
            return
        key, query, _ = request
        if "uploadId" in query:
            self.held.uploads.pop(query["uploadId"], None)
        else:
            self.held.objects.pop(key, None)
        self._answer(204)
