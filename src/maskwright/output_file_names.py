"""Names of the files and folders that commands leave: the one list, and what a folder is known by."""

from pathlib import Path

PLAN_FILE = "plan.toml"
"""The plan that a run trains by."""
GIVEN_PLAN_FILE = "given_plan.toml"
"""The plan that was given to it."""
REQUEST_FILE = "asked.json"
"""The request that a run began with; the name is that of the first runs."""
RUN_FACTS_FILE = "run.json"
"""Written when a training is finished."""
WEIGHTS_FILE = "model.safetensors"
"""The trained weights."""
OLD_WEIGHTS_FILE = "model.pt"
"""The weights of runs of maskwright 0.1.0."""
CHECKPOINT_FILE = "checkpoint.pt"
"""What an interrupted training goes on from."""
HISTORY_FILE = "history.csv"
FINDINGS_FILE = "findings.json"
LOG_FILE = "log.txt"
CONFIDENCE_FILE = "confidence.json"
"""How probabilities are corrected, and from which expected IoU on photos count as sure."""
HEADLINE_FILE = "headline.json"
"""The class that the headline is about."""
EVALUATION_FILE = "evaluation.json"
PHOTO_SCORES_FILE = "photos.csv"
REPORT_FILE = "report.html"
FOLDS_FOLDER = "folds"
"""In a run: the trainings of its cross-validation, numbered."""
COMPARISON_FILE = "compare.json"
"""What `compare` leaves, as JSON."""
TABLE_FILE = "table.md"
COMPARISON_PAGE = "compare.html"
TRIALS_FOLDER = "cells"
"""The trainings of `compare`; the name is that of the first comparisons."""
DESIGN_FILE = "design.json"
"""In the output of `learning-curve`: what it was begun with."""
PREDICTION_FILE = "prediction.json"
"""In the output of a long list of photos: what it is predicted with."""
REGIONS_FILE = "regions.via.json"
"""In the output of `predict`: regions for annotation tools."""
MASKS_FOLDER = "masks"
OVERLAYS_FOLDER = "overlays"
POLYGONS_FOLDER = "polygons"
"""In the output of `predict --huge`: files for maps."""
UNFINISHED_FOLDER = ".unfinished"
"""In the output of `cut`: tiles until all are written."""
ONNX_SUFFIX = ".onnx"
"""The ending of an exported network."""
OPENVINO_SUFFIX = ".xml"
"""The ending of OpenVINO's exported network."""
PAGE_SUFFIX = ".html"
"""The ending of a page with the network inside."""

RUN_FILES = (RUN_FACTS_FILE, REQUEST_FILE, PLAN_FILE, CHECKPOINT_FILE, WEIGHTS_FILE)
"""A folder with one of these files is a run, finished, interrupted or damaged."""
COMMAND_FILES = (PLAN_FILE, REQUEST_FILE, RUN_FACTS_FILE, CHECKPOINT_FILE, COMPARISON_FILE, DESIGN_FILE)
"""One of them is in every folder that a command made; only `predict` leaves none of them."""
OUTPUT_FILES = (
    *COMMAND_FILES,
    *(EVALUATION_FILE, FINDINGS_FILE, HISTORY_FILE, PHOTO_SCORES_FILE, GIVEN_PLAN_FILE, LOG_FILE),
)
"""The files of runs and comparisons over which no other result is written; weights and pictures beside them."""


def has_command_output(folder: Path) -> bool:
    """True if a command other than `predict` left one of its files in the folder."""
    return any((folder / name).is_file() for name in COMMAND_FILES)


def has_checkpoint(folder: Path) -> bool:
    """True if a training in the folder was interrupted after its first checkpoint."""
    return (folder / CHECKPOINT_FILE).exists()


def has_partial_training(folder: Path) -> bool:
    """True if the checkpoint of a training, or the folder of the folds of a cross-validation, is there."""
    return has_checkpoint(folder) or (folder / FOLDS_FOLDER).exists()


def is_output(folder: Path) -> bool:
    """True for a run folder and for the folder of predictions: their pictures and masks are not data."""
    predicted = (folder / REGIONS_FILE).is_file() or (folder / PREDICTION_FILE).is_file()
    return is_run(folder) or (predicted and (folder / OVERLAYS_FOLDER).is_dir())


def is_run(folder: Path) -> bool:
    """True for the folder of a training that has begun."""
    finished = (folder / RUN_FACTS_FILE).is_file() and (folder / PLAN_FILE).is_file()
    return (folder / REQUEST_FILE).is_file() or finished
