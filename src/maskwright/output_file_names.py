"""Names of the files and folders that commands leave: the one list, and what a folder is known by."""

from pathlib import Path

PLAN_FILE, GIVEN_PLAN_FILE, REQUEST_FILE = "plan.toml", "given_plan.toml", "asked.json"
"""The plan that a run trains by, the plan that was given to it, and the request that it began with."""
RUN_FACTS_FILE, WEIGHTS_FILE, OLD_WEIGHTS_FILE = "run.json", "model.safetensors", "model.pt"
"""What a finished training leaves; maskwright 0.1.0 kept its weights in the last one."""
CHECKPOINT_FILE = "checkpoint.pt"
"""What an interrupted training goes on from."""
HISTORY_FILE, FINDINGS_FILE, LOG_FILE = "history.csv", "findings.json", "log.txt"
CONFIDENCE_FILE, HEADLINE_FILE = "confidence.json", "headline.json"
EVALUATION_FILE, PHOTO_SCORES_FILE, REPORT_FILE = "evaluation.json", "photos.csv", "report.html"
FOLDS_FOLDER = "folds"
"""In a run: the trainings of its cross-validation, numbered."""
COMPARISON_FILE, TABLE_FILE, COMPARISON_PAGE, TRIALS_FOLDER = "compare.json", "table.md", "compare.html", "cells"
"""What `compare` leaves; its trials lie in the folder that is called cells."""
DESIGN_FILE = "design.json"
"""In the output of `learning-curve`: what it was begun with."""
PREDICTION_FILE = "prediction.json"
"""In the output of a long list of photos: what it is predicted with."""
REGIONS_FILE, MASKS_FOLDER, OVERLAYS_FOLDER = "regions.via.json", "masks", "overlays"
"""In the output of `predict`."""
POLYGONS_FOLDER = "polygons"
"""In the output of `predict --huge`: files for maps."""
ONNX_SUFFIX, OPENVINO_SUFFIX, PAGE_SUFFIX = ".onnx", ".xml", ".html"
"""The endings of exported files: a network, OpenVINO's, and a page with the network inside."""

RUN_FILES = (RUN_FACTS_FILE, REQUEST_FILE, PLAN_FILE, CHECKPOINT_FILE, WEIGHTS_FILE)
"""A folder with one of these files is a run, finished, interrupted or damaged."""
BEGUN = (PLAN_FILE, REQUEST_FILE, RUN_FACTS_FILE, CHECKPOINT_FILE, COMPARISON_FILE, DESIGN_FILE)
"""One of them is in every folder that a command made; only `predict` leaves none of them."""
OUTPUT_FILES = (
    *BEGUN,
    *(EVALUATION_FILE, FINDINGS_FILE, HISTORY_FILE, PHOTO_SCORES_FILE, GIVEN_PLAN_FILE, LOG_FILE),
)
"""The files of runs and comparisons over which no other result is written; weights and pictures beside them."""


def is_begun(folder: Path) -> bool:
    """True if a command other than `predict` left one of its files in the folder."""
    return any((folder / name).is_file() for name in BEGUN)


def is_output(folder: Path) -> bool:
    """True for a run folder and for the folder of predictions: their pictures and masks are not data."""
    predicted = (folder / REGIONS_FILE).is_file() or (folder / PREDICTION_FILE).is_file()
    return is_run(folder) or (predicted and (folder / OVERLAYS_FOLDER).is_dir())


def is_run(folder: Path) -> bool:
    """True for the folder of a training that has begun."""
    finished = (folder / RUN_FACTS_FILE).is_file() and (folder / PLAN_FILE).is_file()
    return (folder / REQUEST_FILE).is_file() or finished
