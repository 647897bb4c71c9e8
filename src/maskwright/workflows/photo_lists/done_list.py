"""Which photos of a long list are done and which failed: small files in the output, written once, never changed."""

import json
from collections.abc import Mapping, Sequence

from maskwright.remote_storage import Storage, is_stored, read_all_stored, read_stored, stored_names, write_stored
from maskwright.workflows.photo_lists.chunks import Chunk, ChunkResult

ROWS = "parts/rows"
"""A chunk's rows, which are there before its photos count as done."""
DONE = "parts/done"
"""The photos of a chunk that are predicted."""
FAILED = "parts/failed"
"""The photos of a chunk that could not be predicted."""


def done_photos(storage: Storage) -> set[str]:
    """Return the names of the photos that any earlier command has predicted into the storage."""
    done: set[str] = set()
    for _, data in read_all_stored(storage, stored_names(storage, DONE)):
        done.update(data.decode(errors="surrogateescape").split("\n")[:-1])
    return done


def failed_photos(storage: Storage) -> dict[str, str]:
    """Return the names of the photos that could not be predicted, with the last reason."""
    failed: dict[str, str] = {}
    for _, data in read_all_stored(storage, stored_names(storage, FAILED)):
        failed |= dict(json.loads(data))
    return failed


def entered_chunk(storage: Storage, chunk: Chunk) -> ChunkResult | None:
    """Return what a chunk gave if it is entered already, None if it is not; who was unsure is in its rows only."""
    if not is_stored(storage, f"{DONE}/{chunk.id}.txt"):
        return None
    done = read_stored(storage, f"{DONE}/{chunk.id}.txt").count(b"\n")
    failures = f"{FAILED}/{chunk.id}.json"
    failed = json.loads(read_stored(storage, failures)) if is_stored(storage, failures) else {}
    return ChunkResult(done, failed, {})


def enter_chunk(
    storage: Storage, chunk: str, *, rows: Sequence[str], done: Sequence[str], failed: Mapping[str, str]
) -> None:
    """Write what a chunk gave: its rows first, then its failures, and last the names that count as done from now on."""
    if rows:
        write_stored(storage, f"{ROWS}/{chunk}.jsonl", "".join(f"{row}\n" for row in rows).encode())
    if failed:
        write_stored(storage, f"{FAILED}/{chunk}.json", json.dumps(dict(failed)).encode())
    if done:
        names = "".join(f"{name}\n" for name in done)
        write_stored(storage, f"{DONE}/{chunk}.txt", names.encode(errors="surrogateescape"))
