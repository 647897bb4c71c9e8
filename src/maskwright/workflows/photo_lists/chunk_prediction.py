"""Prediction of one chunk of photos into a storage: the same work whoever does it, a plain loop or an actor of Ray."""

import json
from pathlib import Path
from typing import Any

from maskwright.errors import DataError
from maskwright.findings.finding import Finding
from maskwright.inference.outputs.photo_outputs import Measuring, photo_outputs
from maskwright.inference.predict_files import contained, read_photo_to_do
from maskwright.inference.segmenter import Segmenter
from maskwright.inference.sources.photo_list import PhotoToDo
from maskwright.output_file_names import MASKS_FOLDER, OVERLAYS_FOLDER
from maskwright.remote_storage import Storage, fetched, write_stored
from maskwright.workflows.photo_lists.chunks import Chunk, ChunkResult, ListedPhoto
from maskwright.workflows.photo_lists.done_list import enter_chunk


def predict_chunk(segmenter: Segmenter, chunk: Chunk, storage: Storage, measuring: Measuring) -> ChunkResult:
    """Write masks and overlays of a chunk, then its rows, then enter its photos as done.

    Doing a chunk twice writes the same files twice. Raises OutputError if the storage cannot be written.
    """
    rows, done, unsure = [], [], dict[str, str]()
    findings: list[Finding] = []
    for photo in chunk.photos:
        with contained(PhotoToDo(Path(photo.path), photo.name), findings):
            row = _predicted(segmenter, photo, storage, measuring)
            rows.append(json.dumps(row))
            done.append(photo.name)
            if row["totals"] and row["totals"][0]["unsure"]:
                unsure[photo.name] = row["totals"][0]["unsure"]
    failed = {finding.photos[0]: finding.evidence for finding in findings}
    enter_chunk(storage, chunk.id, rows=rows, done=done, failed=failed)
    return ChunkResult(len(done), failed, unsure)


def _predicted(segmenter: Segmenter, photo: ListedPhoto, storage: Storage, measuring: Measuring) -> dict[str, Any]:
    """Write mask and overlay of a photo; return its line in the chunk's rows."""
    with fetched(photo.path) as local:
        try:
            todo = PhotoToDo(local, photo.name)
            pixels = read_photo_to_do(segmenter, todo)
            prediction = segmenter.prediction(pixels)
            outputs = photo_outputs(pixels, prediction, todo, classes=segmenter.classes, measuring=measuring)
        except DataError as error:  # names the photo, not its copy
            raise DataError(str(error).replace(str(local), photo.path)) from error
    write_stored(storage, f"{MASKS_FOLDER}/{photo.name}.png", outputs.mask_png)
    write_stored(storage, f"{OVERLAYS_FOLDER}/{photo.name}.jpg", outputs.overlay_jpeg)
    return {"name": photo.name, "entry": outputs.entry, "objects": outputs.rows.objects, "totals": outputs.rows.totals}
