"""A finished run on annotated photos: scored on those that it was not trained on, and its evidence for a diagnosis."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from maskwright.checks.check import check_and_compare
from maskwright.classes import ClassTable, Colour
from maskwright.datasets.content_hash import sample_digest
from maskwright.datasets.dataset import Dataset, pick, usable
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.evidence.from_arrays import read_dataset
from maskwright.diagnosis.history.reading import read_history as read_training_history
from maskwright.diagnosis.training_length import short_training
from maskwright.errors import DataError
from maskwright.evaluation.evaluate import Evaluation, evaluate
from maskwright.evaluation.evaluation_files import read_evaluation
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_reader import COLOUR_BIT
from maskwright.inference.exported.exported_files import read_exported
from maskwright.inference.load import run_folders
from maskwright.inference.segmenter import Segmenter
from maskwright.output_file_names import EVALUATION_FILE, HISTORY_FILE
from maskwright.planning.manual_learning_rate import absurd_rates
from maskwright.planning.plan_file import plan_of_run
from maskwright.planning.settings import Settings
from maskwright.runs.folder import RunFacts, read_findings, read_run_facts
from maskwright.training.health.guards import GUARDED
from maskwright.workflows.distribution_shift import unlike_training
from maskwright.workflows.export import is_exported, load_and_tell
from maskwright.workflows.open_and_check import open_data
from maskwright.workflows.progress.screen import Screen, counting

TRAINING_PHOTOS_MOST = 12
"""So many training photos of a run are predicted again for a diagnosis."""


@dataclass(frozen=True)
class Model:
    """A trained model that is judged: its run folder or exported file, and its Segmenter, on whatever runtime."""

    path: Path
    segmenter: Segmenter


def guards_said(run: Path) -> list[Finding]:
    """Return what the guards of the run's training found."""
    return [finding for finding in read_findings(run) if finding.code in GUARDED]


def evaluate_model(
    model: Model, data: Path, settings: Settings, *, screen: Screen, only: str | None = None
) -> tuple[Evaluation, list[Finding]]:
    """Score a trained model on annotated photos; its training photos are left out, unless there are no others."""
    run, segmenter = model.path, model.segmenter
    exported = is_exported(run)
    screen.tell(f"reading {data}")
    all_facts = [] if exported else [read_run_facts(folder) for folder in run_folders(run)]
    dataset = _as_the_model_reads(open_data(data, settings, only=only, screen=screen), segmenter, screen)
    findings, _ = check_and_compare(dataset, count=screen.count)
    judged = usable(dataset, findings)
    digests = {digest for facts in all_facts for digest in facts.train_digests}
    digests |= set(read_exported(run)[1].train_digests) if exported else set()
    training = [Path(facts.data) / name for facts in all_facts for name in facts.train_photos]
    fresh = _unseen(judged, training, digests)
    if fresh and len(fresh) < len(judged):
        screen.tell(f"{len(judged) - len(fresh)} training photos of the model are left out")
    held_out = bool(fresh)
    judged = pick(judged, fresh) if held_out else judged
    evaluation = evaluate(segmenter, judged, held_out=held_out, on_photo=screen.count("evaluating", len(judged)))
    unlike = unlike_training(training, judged, evaluation) if held_out else []
    return evaluation, [*(f for f in findings if f.severity == "error"), *unlike]


def _as_the_model_reads(opened: Dataset, segmenter: Segmenter, screen: Screen) -> Dataset:
    """Return a dataset with the classes, the grey range and the bands of a model."""
    dataset = _as_the_model_names(opened, segmenter.classes, tell=screen.tell)
    grey_range, bands = segmenter.grey_range or dataset.grey_range, segmenter.bands or dataset.bands
    return replace(dataset, grey_range=grey_range, bands=bands)


def _unseen(judged: Dataset, training: Sequence[Path], digests: Collection[str]) -> list[str]:
    """Return the names of the photos that no training saw, by their path and by their content."""
    paths = {path.resolve() for path in training}
    others = [sample for sample in judged.samples if sample.photo.resolve() not in paths]
    return [sample.name for sample in others if not digests or sample_digest(sample) not in digests]


def load_model(run: Path, screen: Screen, *, runtime: str = "auto", fast: bool = False) -> Model:
    """Return the model of a run or an exported file on a runtime, as in `load_with`; say meanwhile what is loaded."""
    return Model(run, load_and_tell(run, runtime, tell=screen.tell, fast=fast))


def _as_the_model_names(dataset: Dataset, classes: ClassTable, *, tell: Callable[[str], None]) -> Dataset:
    """Return the dataset with the model's classes, of which it may lack some; DataError where it has others."""
    names = dataset.classes.names
    if _are_numbers(classes) and _stores_the_numbers(dataset, classes):
        # Trained on masks without names, which are listed by now.
        taken = [f"{name} as {known}" for name, known in zip(names, classes.names, strict=True) if name != known]
        if taken:
            tell(f"{dataset.root}: {', '.join(taken)} of the model, by the values in the masks")
        return replace(dataset, classes=classes)
    if not set(names) <= set(classes.names):
        raise DataError(
            f"{dataset.root} has the classes {', '.join(names)}, the model {', '.join(classes.names)}: "
            f"{_how_to_name(dataset)}"
        )
    ids = tuple(classes.names.index(name) for name in names)
    _require_same_colours(dataset, [classes.colours[i] for i in ids], classes)
    known = ids if dataset.id_map is None else tuple(ids[i] for i in dataset.id_map)
    return dataset if names == classes.names else replace(dataset, classes=classes, id_map=known)


def _are_numbers(classes: ClassTable) -> bool:
    """Tell whether the objects have no names: each is called by the value that it has in masks."""
    objects = [(class_id, name) for class_id, name in enumerate(classes.names) if class_id]
    return all(name == f"class {class_id}" for class_id, name in objects)


def _stores_the_numbers(dataset: Dataset, classes: ClassTable) -> bool:
    """Tell whether masks store the ids of the model's classes, each as itself."""
    if dataset.format != "masks" or dataset.id_map is not None or dataset.mask_rule is None:
        return False
    stored = dataset.mask_rule.values
    return len(dataset.classes) == len(classes) and all((i, i) in stored for i in range(1, len(classes)))


def _how_to_name(dataset: Dataset) -> str:
    """Return what makes the classes of a dataset those of the model."""
    if dataset.format != "masks":
        return "name them alike, or choose one with --only"
    return f"write a classes.csv with the lines id,name into {dataset.root}, or choose one class with --only"


def _require_same_colours(dataset: Dataset, wanted: Sequence[Colour], classes: ClassTable) -> None:
    """Raise DataError where classes without names, numbered by the colours of the masks, have other colours now."""
    if dataset.mask_rule is None or not any(value >= COLOUR_BIT for value, _ in dataset.mask_rule.values):
        return
    for name, colour, known in zip(dataset.classes.names, dataset.classes.colours, wanted, strict=True):
        if re.fullmatch(r"class \d+", name) and colour != known:
            raise DataError(
                f"{dataset.root}: {name!r} is the colour {colour} here and was {known} in training: put the same "
                f"classes.csv (id,name,colour) into both folders, with {len(classes)} classes"
            )


def dataset_of_run(facts: RunFacts, settings: Settings, screen: Screen) -> Dataset:
    """Return the photos that a run was trained and tested on; DataError where they are gone or mean something else."""
    alone = facts.classes.names[-1] if facts.classes.is_binary else None
    screen.tell(f"reading {facts.data}")
    opened = open_data(Path(facts.data), settings, only=alone, screen=screen)
    dataset = _as_the_model_names(opened, facts.classes, tell=screen.tell)
    return replace(dataset, grey_range=facts.grey_range or dataset.grey_range, bands=facts.bands or dataset.bands)


def evidence_of_file(model: Model, truth: Path, settings: Settings, screen: Screen) -> Evidence:
    """Return the evidence of an exported file on annotated photos, predicted now; those of its training are apart.

    DataError where the file was trained on all of them.
    """
    file, segmenter = model.path, model.segmenter
    screen.tell(f"reading {truth}")
    dataset = _as_the_model_reads(open_data(truth, settings, only=None, screen=screen), segmenter, screen).annotated
    fresh = set(_unseen(dataset, [], read_exported(file)[1].train_digests))
    names = [sample.name for sample in dataset.samples if sample.size_hw is not None]
    tested = pick(dataset, [name for name in names if name in fresh])
    trained = pick(dataset, [name for name in names if name not in fresh][:TRAINING_PHOTOS_MOST])
    if not len(tested):
        raise DataError(f"{file} was trained on all photos with masks in {truth}: give others as --truth")
    segment = counting(segmenter.mask, screen.count("predicting", len(tested) + len(trained)))
    return replace(read_dataset(segment, tested), train_cases=read_dataset(segment, trained).cases)


def evidence_of_run(run: Path, settings: Settings, screen: Screen, *, runtime: str = "auto") -> Evidence:
    """Return the evidence of a finished run: its photos predicted again, or its evaluation where none was held out."""
    facts = read_run_facts(run)
    logged = run / HISTORY_FILE
    evaluation = read_evaluation(run, facts.classes) if (run / EVALUATION_FILE).exists() else None
    history = read_training_history(logged) if logged.exists() else None
    plan = plan_of_run(run)
    raised = (*guards_said(run), *absurd_rates(plan, steps=facts.steps), *short_training(facts, plan))
    known = Evidence(facts.classes, history=history, evaluation=evaluation, raised=raised)
    try:
        dataset = dataset_of_run(facts, settings, screen)
    except DataError as error:
        screen.tell(f"the run's photos cannot be predicted again, its evaluation stands in: {error}")
        return known
    segmenter = load_model(run, screen, runtime=runtime).segmenter
    tested, trained = pick(dataset, facts.test_photos), pick(dataset, facts.train_photos[:TRAINING_PHOTOS_MOST])
    segment = counting(segmenter.mask, screen.count("predicting", len(tested) + len(trained)))
    held_out, on_training = read_dataset(segment, tested), read_dataset(segment, trained)
    evidence = replace(held_out, history=known.history, raised=known.raised) if held_out.cases else known
    return replace(evidence, train_cases=on_training.cases)
