"""Names of the files that commands leave in their folders: the one list, and what a folder is known by."""

from pathlib import Path

PREDICTION = "prediction.json"
"""In the output of a long list of photos: what it is predicted with."""
REGIONS, OVERLAYS = "regions.via.json", "overlays"
BEGUN = ("plan.toml", "asked.json", "run.json", "checkpoint.pt", "compare.json", "design.json")
"""One of them is in every folder that a command made; only `predict` leaves none of them."""
OUTPUT_FILES = (
    *BEGUN,
    *("evaluation.json", "findings.json", "history.csv", "photos.csv", "given_plan.toml", "log.txt"),
)
"""The files of runs and comparisons over which no other result is written; weights and pictures beside them."""


def is_begun(folder: Path) -> bool:
    """True if a command other than `predict` left one of its files in the folder."""
    return any((folder / name).is_file() for name in BEGUN)


def is_output(folder: Path) -> bool:
    """True for a run folder and for the folder of predictions: their pictures and masks are not data."""
    predicted = (folder / REGIONS).is_file() or (folder / PREDICTION).is_file()
    return is_run(folder) or (predicted and (folder / OVERLAYS).is_dir())


def is_run(folder: Path) -> bool:
    """True for the folder of a training that has begun."""
    return (folder / "asked.json").is_file() or ((folder / "run.json").is_file() and (folder / "plan.toml").is_file())
