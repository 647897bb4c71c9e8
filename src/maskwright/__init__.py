"""maskwright: a segmentation model from a few dozen labelled photos - or the exact reason why it does not work.

The public names. They are imported when first asked for, so that `import maskwright` takes no time.
"""

import warnings
from importlib import import_module
from typing import TYPE_CHECKING

from maskwright._version import __version__ as __version__

if TYPE_CHECKING:
    from maskwright.checks.array_pairs import check_pairs as check_pairs
    from maskwright.checks.check import check as check
    from maskwright.classes import ClassTable as ClassTable
    from maskwright.datasets.converting import convert as convert
    from maskwright.datasets.dataset import Dataset as Dataset
    from maskwright.datasets.dataset import Sample as Sample
    from maskwright.datasets.fingerprint import Fingerprint as Fingerprint
    from maskwright.datasets.fingerprint import measure as measure
    from maskwright.datasets.label_bits import LabelBits as LabelBits
    from maskwright.datasets.label_bits import label_bits as label_bits
    from maskwright.datasets.opening import open_dataset as open_dataset
    from maskwright.datasets.photo_with_mask import Example as Example
    from maskwright.datasets.reader_types import ReadOptions as ReadOptions
    from maskwright.datasets.splitting.split import Parts as Parts
    from maskwright.datasets.splitting.split import folds as folds
    from maskwright.datasets.splitting.split import split as split
    from maskwright.diagnosis.diagnose import diagnose as diagnose
    from maskwright.diagnosis.evidence.evidence import Evidence as Evidence
    from maskwright.diagnosis.evidence.from_arrays import read_model as read_model
    from maskwright.diagnosis.evidence.from_arrays import read_pairs as read_pairs
    from maskwright.diagnosis.evidence.from_folders import read_folders as read_folders
    from maskwright.diagnosis.serving_skew.find_skew import find_skew as find_skew
    from maskwright.errors import MaskwrightError as MaskwrightError
    from maskwright.evaluation.evaluate import Evaluation as Evaluation
    from maskwright.evaluation.evaluate import evaluate as evaluate
    from maskwright.findings.finding import Finding as Finding
    from maskwright.imaging.photos import read_photo as read_photo
    from maskwright.inference.load import load as load
    from maskwright.inference.segmenter import Segmenter as Segmenter
    from maskwright.models.fully_convolutional import to_fully_convolutional as to_fully_convolutional
    from maskwright.models.heat_map import class_heat_map as class_heat_map
    from maskwright.models.weights.classifiers import imagenet_classifier as imagenet_classifier
    from maskwright.planning.machine import Machine as Machine
    from maskwright.planning.machine import this_machine as this_machine
    from maskwright.planning.make_plan import make_plan as make_plan
    from maskwright.planning.plan import Plan as Plan
    from maskwright.planning.plan import Request as Request
    from maskwright.report.run_page import write_report as write_report
    from maskwright.training.loop import train as train
    from maskwright.training.progress import Progress as Progress
    from maskwright.training.run_result import Run as Run
    from maskwright.workflows.learning_curve.curve import LearningCurve as LearningCurve
    from maskwright.workflows.learning_curve.job import learning_curve as learning_curve
    from maskwright.workflows.training.fit import fit as fit

    Wishes = Request

_HOMES = {
    "ClassTable": "classes",
    "Dataset": "datasets.dataset",
    "Evaluation": "evaluation.evaluate",
    "Evidence": "diagnosis.evidence.evidence",
    "Example": "datasets.photo_with_mask",
    "Finding": "findings.finding",
    "Fingerprint": "datasets.fingerprint",
    "LabelBits": "datasets.label_bits",
    "LearningCurve": "workflows.learning_curve.curve",
    "Machine": "planning.machine",
    "MaskwrightError": "errors",
    "Parts": "datasets.splitting.split",
    "Plan": "planning.plan",
    "Progress": "training.progress",
    "ReadOptions": "datasets.reader_types",
    "Request": "planning.plan",
    "Run": "training.run_result",
    "Sample": "datasets.dataset",
    "Segmenter": "inference.segmenter",
    "check": "checks.check",
    "class_heat_map": "models.heat_map",
    "check_pairs": "checks.array_pairs",
    "convert": "datasets.converting",
    "diagnose": "diagnosis.diagnose",
    "evaluate": "evaluation.evaluate",
    "fit": "workflows.training.fit",
    "find_skew": "diagnosis.serving_skew.find_skew",
    "folds": "datasets.splitting.split",
    "imagenet_classifier": "models.weights.classifiers",
    "label_bits": "datasets.label_bits",
    "learning_curve": "workflows.learning_curve.job",
    "load": "inference.load",
    "make_plan": "planning.make_plan",
    "measure": "datasets.fingerprint",
    "open_dataset": "datasets.opening",
    "read_folders": "diagnosis.evidence.from_folders",
    "read_model": "diagnosis.evidence.from_arrays",
    "read_photo": "imaging.photos",
    "read_pairs": "diagnosis.evidence.from_arrays",
    "split": "datasets.splitting.split",
    "this_machine": "planning.machine",
    "to_fully_convolutional": "models.fully_convolutional",
    "train": "training.loop",
    "write_report": "report.run_page",
}

_RENAMED = {"Wishes": "Request"}
"""Names of 0.1.0 that still work, with a warning, and the new ones."""

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> object:
    if name in _RENAMED:
        warnings.warn(f"maskwright.{name} is called maskwright.{_RENAMED[name]} now", DeprecationWarning, stacklevel=2)
        name = _RENAMED[name]
    if name not in _HOMES:
        raise AttributeError(f"maskwright has no public name {name!r}: it has {', '.join(_HOMES)}")
    value = getattr(import_module(f"maskwright.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
