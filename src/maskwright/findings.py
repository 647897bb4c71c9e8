"""Findings: what is wrong, or worth knowing, with the evidence and the way out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]

_ORDER: dict[str, int] = {"error": 0, "warning": 1, "note": 2}

CODES: dict[str, str] = {
    "photo-missing": "an annotation names a photo that is not there",
    "photo-unreadable": "a photo cannot be decoded, or only in part",
    "photo-depth": "a photo has a depth or a channel count that cannot be used",
    "photo-tiny": "a photo is too small to learn from",
    "photo-canvas": "a missing photo stands at a given canvas size",
    "photo-flat": "a photo is one value from edge to edge",
    "photo-range": "values of a photo lie outside 0..255, or outside 0..1",
    "photo-unannotated": "a photo has no annotation",
    "mask-missing": "a mask has no photo beside it",
    "mask-unreadable": "a mask cannot be decoded, or only in part",
    "mask-size": "a mask has another size than its photo",
    "mask-unturned": "masks were drawn on photos before their EXIF turn",
    "mask-scaled": "a mask was divided once too often: its values are 0 and about 0.004",
    "mask-grey-colours": "colours of masks were read as grey levels, or one channel of them as ids",
    "mask-bgr": "red and blue of the masks are exchanged against the class table",
    "mask-ghosts": "a mask holds values near the true ones along boundaries, as JPEG and smooth edges leave them",
    "mask-smoothed": "a mask was resized with smoothing: ids lie between two classes where they meet",
    "mask-255": "masks hold 0 and 255 where class ids are wanted",
    "ignore-object": "the ignored value marks objects",
    "mask-flipped": "masks fit their photos when they are mirrored",
    "mask-turned": "masks fit their photos when they are rotated or transposed",
    "mask-shifted": "masks lie beside their objects by a constant shift",
    "mask-values": "a mask holds values that no class has",
    "mask-soft": "a binary mask holds shades between background and object",
    "mask-empty": "a mask holds no object",
    "mask-all-ignore": "a mask holds nothing but ignored pixels",
    "mask-uniform": "a mask is one object from edge to edge",
    "shape-invalid": "a drawn shape has too few points, no area, or numbers that are none",
    "shape-outside": "a drawn shape lies outside its photo",
    "shape-filled": "an open line was filled as if it were closed",
    "shape-unclassed": "a drawn shape has no class",
    "attribute-invalid": "an annotation's attributes are not valid JSON",
    "class-unknown": "a class is used that the table does not name",
    "class-misspelt": "two class names differ by a letter or by case",
    "class-guessed": "the class table was read off the values in the masks",
    "class-absent": "a class of the table is nowhere in the masks",
    "class-one-part": "a class is in one part of a split only",
    "class-rare": "a class covers very few pixels",
    "class-shares": "how the pixels divide between the classes",
    "duplicate-exact": "two photos are the same file",
    "duplicate-near": "two photos show nearly the same picture",
    "duplicate-disagree": "two copies of a photo have different masks",
    "split-leak": "copies of a photo, or photos of one burst, stand in different parts of a split",
    "object-vanishes": "objects are smaller than a few pixels at the working scale",
    "label-suspect": "a mask that models which have not seen it contradict with confidence",
    "cannot-learn": "the model cannot learn even one photo",
    "photos-few": "there are too few photos for the claims made",
    "score-none": "no photo was held out: there is no honest score",
    "score-constant": "the model is no better than the best constant class",
    "score-collapse": "the model predicts one class only",
    "weights-stand-in": "another encoder stands in, since the weights of the one asked for could not be had",
    "weights-random": "the encoder starts from random weights",
    "pairs-unmatched": "predictions and truth do not pair up by name",
    "pred-unreadable": "a prediction cannot be read as a mask or as probabilities",
    "pred-shuffled": "predictions fit other photos' truth better than their own",
    "pred-flipped": "predictions are mirrored",
    "pred-turned": "predictions are rotated or transposed",
    "pred-shifted": "predictions lie beside the truth by a fixed number of pixels",
    "pred-scaled": "predictions are drawn at another scale, or cropped",
    "pred-inverted": "object and background are exchanged",
    "classes-swapped": "two classes are exchanged",
    "classes-offset": "class ids of predictions are off by one",
    "pred-divided": "predictions were divided once too often: their values are 0 and about 0.004",
    "pred-ghosts": "predicted class ids were saved as JPEG or resized with smoothing: classes that nobody predicted",
    "pred-255": "predictions hold 0 and 255 where the truth holds 0 and 1",
    "softmax-one-channel": "a softmax over one channel makes every probability 1",
    "sigmoid-twice": "a sigmoid or softmax was applied twice: probabilities keep to a narrow band",
    "probabilities-sum": "the probabilities of a pixel do not sum to one",
    "threshold-off": "another threshold than the one used gives a much better mask",
    "pred-constant": "every photo gets the same prediction",
    "patches-distant": "false patches far from the object",
    "pred-speckled": "predictions are full of specks or holes",
    "empty-positives": "objects are predicted on photos that show none",
    "boundary-coarse": "boundaries are coarse, as from a network that decodes at a 32nd of the size",
    "accuracy-majority": "pixel accuracy is no more than the share of the commonest class",
    "overfitting": "the model does well on the photos it learnt from, badly on others",
    "underfitting": "the model does badly even on the photos that it learnt from",
    "batchnorm-training": "the model is in training mode while it predicts",
    "normalised-twice": "photos are normalised twice",
    "normalisation-missing": "photos are not normalised as in training",
    "input-range": "photos are fed in another range of values than in training",
    "input-bgr": "red and blue are exchanged between training and prediction",
    "photos-unlike": "photos are unlike those learnt from",
    "loss-not-finite": "the loss or the gradients are no numbers",
    "lr-too-high": "the learning rate is too high",
    "lr-too-low": "the learning rate is too low",
    "grad-dead": "no gradient reaches some layers",
    "grad-exploding": "the gradients explode",
    "bn-tiny-batch": "BatchNorm learns from batches of one to three photos",
    "training-collapse": "the network paints one class while it learns",
    "val-below-constant": "validation is no better than one constant class",
    "rescued": "a training was rescued while it ran, and how",
    "loss-flat": "the loss does not move",
    "loss-negative": "the loss falls below what it can be: masks hold values above 1",
    "score-minimised": "a score that should be maximised is minimised",
    "metric-truncated": "a mean IoU cuts probabilities to whole numbers, as Keras MeanIoU does",
    "metric-flat": "a score does not move while the network learns: no threshold, or the wrong number of classes",
    "metric-named": "which of the common definitions a reported number is",
    "metric-unknown": "a reported number is none of the common definitions",
    "validation-stuck": "training goes well, validation never moves: BatchNorm, or photos prepared in another way",
    "stopped-early": "training was stopped while both losses were still falling",
    "validation-noisy": "validation leaps from epoch to epoch",
    "validation-better": "validation scores better than training",
    "lr-schedule": "the loss waited for the learning rate to fall",
    "metric-choice": "which score fits these masks, and why",
    "not-checked": "something could not be checked with what was given",
}
"""Every code a finding can have, with its meaning."""


@dataclass(frozen=True)
class Finding:
    """One thing found: `code` is a key of CODES, `evidence` says it in numbers, `fix` says what to do.

    `photos` names the samples it is about; a sample named by a finding of severity error is left out of
    training and of scores. A diagnosis adds the `mechanism` in two sentences, `recovered_iou`, the IoU gained when
    the fault is undone in what was given (None where that cannot be done), a source to `read_more`, and a `picture`:
    the name of a file beside the report, "" for none.
    """

    code: str
    severity: Severity
    title: str
    evidence: str
    fix: str
    photos: tuple[str, ...] = ()
    mechanism: str = ""
    recovered_iou: float | None = None
    read_more: str = ""
    picture: str = ""

    def __post_init__(self) -> None:
        assert self.code in CODES, f"no such finding: {self.code}"

    def __str__(self) -> str:
        return f"{self.severity:7} {self.code}: {self.title}\n        {self.evidence}\n        -> {self.fix}"


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings with errors first, then warnings, then notes, else in the order of CODES."""
    codes = list(CODES)
    return sorted(findings, key=lambda f: (_ORDER[f.severity], codes.index(f.code)))


def finding_as_json(finding: Finding) -> dict[str, object]:
    """Return the finding as JSON-ready values, keys as in the class."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "title": finding.title,
        "evidence": finding.evidence,
        "fix": finding.fix,
        "photos": list(finding.photos),
        "mechanism": finding.mechanism,
        "recovered_iou": finding.recovered_iou,
        "read_more": finding.read_more,
        "picture": finding.picture,
    }


def finding_from_json(values: dict[str, object]) -> Finding:
    """Return the finding that `finding_as_json` wrote."""
    fields: dict[str, Any] = dict(values)
    return Finding(**{**fields, "photos": tuple(fields["photos"])})


def some(names: Iterable[str], *, most: int = 5) -> str:
    """Return up to `most` names as text, and how many more there are."""
    names = list(names)
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest
