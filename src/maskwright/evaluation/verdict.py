"""The verdict on a model: how good it is, whether that figure can be trusted, and what to do next."""

import math
import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from maskwright.evaluation import metrics
from maskwright.evaluation.evaluate import Evaluation
from maskwright.findings.finding import Finding
from maskwright.runs.enough_steps import LEAST_STEPS, advised_minutes
from maskwright.runs.folder import RunFacts
from maskwright.wording import capitalised, count_of

Quality = Literal["good", "fair", "poor", "none"]
Trust = Literal["held out", "limited", "none"]

QUALITY_WORDS = {
    "good": "finds the objects",
    "fair": "finds the objects, with clear errors",
    "poor": "misses most of the objects, or has large errors",
}
GOOD = 0.7
"""Of the way from the constant answer to a perfect one: a good model has gone this far."""
FAIR = 0.35
"""A fair model has gone this far, a poor one less."""
MUCH_LOWER = 0.15
"""Where the IoU over all pixels is lower by this, some photos have large errors that the mean over photos hides."""
COLLAPSES = frozenset({"score-collapse", "score-constant", "training-collapse"})
MAJORITY = 0.5
"""A scored class that covers more of the pixels than this hides the others: the rarest is shown beside it."""
NOT_FOUND = 0.2
"""A poor model that has gone less of the way than this does not find its objects."""
LEAST_SAID = 0.005
"""A constant answer with less is printed as 0.00, which needs no words."""


@dataclass(frozen=True)
class ClassAgainstConstant:
    """The IoU of one class over all pixels, and what naming it everywhere gives; both 0..1."""

    name: str
    iou: float
    constant: float


@dataclass(frozen=True)
class Verdict:
    """What a person needs to know first. `quality` and `trust` are separate: a good score may prove nothing.

    `value` is the mean IoU per photo, `constant` that of the best constant answer (0..1, NaN without an object):
    `constant_class` for every pixel. `classes` holds each class against its constant where one class covers most
    pixels, else nothing. `trust_statement` is `trust_sentence` without the name of its interval, for pages that draw
    the interval beside it. `next_words` say what `command` is for, `afterwards` what to do after it, "" for nothing.
    """

    quality: Quality
    trust: Trust
    title: str
    sentence: str
    trust_sentence: str
    command: str
    value: float
    constant: float
    classes: tuple[ClassAgainstConstant, ...] = ()
    next_words: str = "Then"
    constant_class: str = ""
    trust_statement: str = ""
    afterwards: str = ""

    @property
    def statement(self) -> str:
        """The sentence without the quality that it begins with."""
        statement = self.sentence.partition(": ")[2]
        return capitalised(statement)


def verdict(
    evaluation: Evaluation, findings: Sequence[Finding], *, facts: RunFacts | None = None, run: Path | None = None
) -> Verdict:
    """Return the verdict on an evaluation with its findings; `facts` and `run` name the training and its folder."""
    codes = {finding.code for finding in findings}
    value = evaluation.mean_iou_per_photo.value
    constant_class, constant = best = best_constant(evaluation)
    classes = classes_against_constants(evaluation)
    quality = quality_of(evaluation, constant, codes)
    trust = _trust(evaluation, codes)
    is_low = quality == "poor" and trust == "held out" and all(finding.severity != "error" for finding in findings)
    next_words, command = _next(evaluation, quality, codes, facts, run)
    folds = _fold_words(evaluation, facts)
    return Verdict(
        quality,
        trust,
        _title(evaluation, value),
        _sentence(evaluation, quality, best, codes) + _reason(findings, quality, facts) + _of_classes(classes),
        _trust_sentence(evaluation, trust, codes, is_low=is_low, named=True) + folds,
        command,
        value,
        constant,
        classes,
        next_words,
        constant_class,
        _trust_sentence(evaluation, trust, codes, is_low=is_low, named=False) + folds,
        "Then label more photos" if "photos-few" in codes and "train for longer" in next_words.lower() else "",
    )


def best_constant(evaluation: Evaluation) -> tuple[str, float]:
    """Return the class that scores best if every pixel is called so, and its mean IoU per photo.

    "" and NaN where no photo has a score.
    """
    if not evaluation.scored_photos:
        return "", math.nan
    names = evaluation.classes.names
    scores = [(_constant_score(evaluation, class_id), name) for class_id, name in enumerate(names)]
    score, name = max(
        ((s, name) for s, name in scores if not math.isnan(s)), default=(math.nan, ""), key=lambda s: s[0]
    )
    return name, score


def _constant_score(evaluation: Evaluation, class_id: int) -> float:
    values = []
    for photo in evaluation.photos:
        counts = np.zeros_like(photo.counts)
        counts[:, class_id] = photo.counts.sum(axis=1)
        values.append(metrics.mean_over(metrics.iou(counts), evaluation.classes.scored))
    return float(np.nanmean(values)) if not np.isnan(values).all() else math.nan


def classes_against_constants(evaluation: Evaluation) -> tuple[ClassAgainstConstant, ...]:
    """Return the commonest and the rarest class against their constants if a scored class covers most pixels."""
    counts, names = evaluation.counts, evaluation.classes.names
    shares = metrics.ratio(counts.sum(axis=1), np.full(len(counts), counts.sum()), absent=0.0)
    common = int(np.argmax(shares))
    present = [class_id for class_id in range(len(counts)) if shares[class_id] > 0]
    if shares[common] <= MAJORITY or common not in evaluation.classes.scored or len(present) < 2:
        return ()
    rare = min(present, key=lambda class_id: float(shares[class_id]))
    ious = metrics.iou(counts)
    return tuple(ClassAgainstConstant(names[c], float(ious[c]), float(shares[c])) for c in (common, rare))


def _gain(value: float, constant: float) -> float:
    """Return the part of the way from the constant to 1 that the value has gone; may be negative."""
    return (value - constant) / max(1e-9, 1 - constant)


def quality_of(evaluation: Evaluation, constant: float, codes: Collection[str] = ()) -> Quality:
    """Return how good a score is beside that of the best constant answer; codes of findings may say that it is poor."""
    value = evaluation.mean_iou_per_photo.value
    if math.isnan(value):
        return "none"
    if COLLAPSES.intersection(codes):
        return "poor"
    constant = 0.0 if math.isnan(constant) else constant
    gains = [_gain(value, constant), *(_gain(c.iou, c.constant) for c in classes_against_constants(evaluation))]
    if _gain(evaluation.dataset_iou, constant) < FAIR:
        return "poor"
    lowest = min(gains)
    return "good" if lowest >= GOOD else "fair" if lowest >= FAIR else "poor"


def _trust(evaluation: Evaluation, codes: set[str]) -> Trust:
    if not evaluation.held_out:
        return "none"
    return "limited" if codes & {"photos-few", "photos-unlike", "split-leak"} else "held out"


def _objects(evaluation: Evaluation) -> str:
    scored = [evaluation.classes.names[c] for c in evaluation.classes.scored]
    return scored[0] if len(scored) == 1 else f"{len(scored)} classes"


def _photos(evaluation: Evaluation) -> str:
    count = evaluation.scored_photos
    if _is_folded(evaluation):
        return f"{count} photos, cross-validated"
    return count_of(count, "unseen photo" if evaluation.held_out else "training photo")


def _title(evaluation: Evaluation, value: float) -> str:
    if math.isnan(value):
        return f"Finding {_objects(evaluation)}: no score, no photo shows one"
    return f"Finding {_objects(evaluation)}: {value:.2f} on {_photos(evaluation)}"


def _is_folded(evaluation: Evaluation) -> bool:
    return any(photo.fold is not None for photo in evaluation.photos)


def _fold_words(evaluation: Evaluation, facts: RunFacts | None) -> str:
    """Return what scores of other models say about a model that learned from all photos, "" where it did not."""
    names = {photo.name for photo in evaluation.photos}
    if facts is None or not _is_folded(evaluation) or not names <= set(facts.train_photos):
        return ""
    return "; the model of this run learned from all of them and should do about as well on new photos"


def _sentence(evaluation: Evaluation, quality: Quality, best: tuple[str, float], codes: set[str]) -> str:
    value, what = evaluation.mean_iou_per_photo.value, _objects(evaluation)
    where = "on photos it has not seen" if evaluation.held_out else "on its training photos"
    if quality == "none":
        return "No score: no photo that was scored shows an object"
    constant_class, constant = best
    is_nothing = codes & COLLAPSES or _gain(value, constant) < NOT_FOUND
    poor = f"does not find {what}" if is_nothing else f"finds {what}, with large errors,"
    verb = {"good": f"finds {what}", "fair": f"finds {what}, with clear errors,", "poor": poor}
    beside = f"; marking every pixel as {constant_class} would get {constant:.2f}" if constant >= LEAST_SAID else ""
    if evaluation.dataset_iou < value - MUCH_LOWER:
        beside += "; much lower on some photos"
    return f"{quality.capitalize()}: {verb[quality]} {where} (IoU {value:.2f}{beside})"


def _of_classes(classes: tuple[ClassAgainstConstant, ...]) -> str:
    """Return the sentence about a class that covers most pixels and the rarest beside it, "" without one."""
    if not classes:
        return ""
    by_class = ", ".join(f"{c.name} {c.iou:.2f} (marking every pixel so would get {c.constant:.2f})" for c in classes)
    return f". {classes[0].name} covers most pixels, so look at both: {by_class}; --object chooses one"


def _reason(findings: Sequence[Finding], quality: Quality, facts: RunFacts | None) -> str:
    """Return why the score is not better, as far as findings know; of a good model, which errors are still open."""
    errors = [finding for finding in findings if finding.severity == "error"]
    if quality in ("good", "none"):
        count = count_of(len(errors), "open error")
        return f"; {count} among the findings, first: {_lowered(errors[0].title)}" if errors else ""
    by_code = {finding.code: finding for finding in findings}
    if "steps-few" in by_code and facts is not None and facts.steps <= LEAST_STEPS:
        return f". Reason: only {facts.steps} steps, the least that a training takes, in {facts.minutes:.1f} minutes"
    if "steps-few" in by_code and facts is not None:
        return f". Reason: only {facts.steps} steps were taken, in {facts.minutes:.1f} minutes"
    if "score-collapse" in by_code:
        return f". Reason: the model has collapsed to one class, {by_code['score-collapse'].evidence}"
    return f". First repair this: {_lowered(errors[0].title)}" if errors else ""


def _lowered(title: str) -> str:
    return title[:1].lower() + title[1:]


def _trust_sentence(evaluation: Evaluation, trust: Trust, codes: set[str], *, is_low: bool, named: bool) -> str:
    """Return what to trust it for; `is_low`: no open error explains a low score; `named`: its interval has a name."""
    if trust == "none":
        return "Not to be trusted: the photos were used for training, so new photos will score lower"
    spread = evaluation.mean_iou_per_photo
    folded, whole = (
        "Each photo was scored by a model that had not seen it",
        "None of these photos was used for training",
    )
    text = folded if _is_folded(evaluation) else whole
    text = f"The low score is real: {_lowered(text)}" if is_low else text
    if math.isfinite(spread.low):
        text += f"; the mean over many such photos is probably {spread.low:.2f} to {spread.high:.2f}"
        text += " (95 % interval)" if named else ""
    doubts = {
        "photos-few": "few photos make it uncertain",
        "photos-unlike": "some photos are unlike those of training",
        "split-leak": "some photos are nearly the same as training photos",
    }
    known = [words for code, words in doubts.items() if code in codes]
    return text + "".join(f"; {words}" for words in known)


def _next(
    evaluation: Evaluation, quality: Quality, codes: set[str], facts: RunFacts | None, run: Path | None
) -> tuple[str, str]:
    """Return what to do next, in words and as a command."""
    folder = shlex.quote(str(run)) if run else "RUN"
    data = shlex.quote(facts.data) if facts else "DATA"
    if quality == "none":
        words = "No photo that was scored shows an object; look at the labels"
        return words, f"maskwright check {data} --sheet sheet.png"
    if not evaluation.held_out and quality != "poor":
        words = "Have photos scored by models that have not seen them"
        return words, f"maskwright train {data} --out {folder} --resume --folds 5"
    if quality == "good":
        return "Use it on new photos", f"maskwright predict {folder} new_photos/ --out predictions"
    if facts is not None and ("steps-few" in codes or quality == "fair"):
        words = "It has trained for too few steps: train for longer" if "steps-few" in codes else "Train for longer"
        return words, f"maskwright train {data} --minutes {advised_minutes(facts)}"
    return "Find out why", f"maskwright diagnose {folder}"
