"""Which scores of a history are of one class: "IoU.road", "Dice[2]", "crack IoU" beside "mIoU"."""

import re
from collections.abc import Iterable
from functools import lru_cache

OF_CLASS = re.compile(r"\[\d+\]$|^(IoU|Acc|Dice)[.\-]\w+|^(iou|dice|f1)_(class_?)?\d+$", re.IGNORECASE)
"""Names that say so alone: nnU-Net's and Hugging Face's lists, MMSegmentation's "IoU.road"."""
KINDS = (("iou", r"iou|io_u|jac"), ("dice", r"dice|f1|f_?score"), ("acc", r"acc"))
METRIC_WORD = re.compile(r"(?:[am]|fw|freq)?(iou|dice|acc|accuracy|jaccard|f1|fscore|f)", re.IGNORECASE)
LIMIT = re.compile(r"@\s*[\d.:]+|\btop[_ -]?\d+|(?<=[a-z])[5-9][05](?!\d)", re.IGNORECASE)
"""A limit from which a prediction counts, as in "iou@0.9", "top5" and "iou75"."""
WORD = re.compile(r"[A-Za-z]+|\d+")
OF_ALL = frozenset(
    (
        *("m", "mean", "avg", "average", "global", "overall", "macro", "micro", "weighted", "total", "all", "a", "p"),
        *("per", "class", "category", "score", "coef", "coefficient", "index", "metric", "meter", "pixel", "epoch"),
        *("batch", "step", "seg", "segmentation", "ema", "pseudo", "best", "over", "union", "intersection", "io", "u"),
        *("decode", "aux", "auxiliary", "head", "main", "foreground", "fg", "object", "objects", "soft", "hard"),
        *("binary", "sparse", "categorical", "one", "hot", "threshold", "train", "val", "valid", "test", "eval"),
        *("boundary", "surface", "small", "medium", "large", "instance", "fw", "freq", "frequency", "teacher"),
        *("student", "balanced", "top", "k"),
    )
)
"""Words in the name of a score that name no class."""
BACKGROUND = frozenset({"background", "bg"})


def is_of_class(name: str, names: Iterable[str]) -> bool:
    """Tell whether a score is of one class, by its name and the names that were logged beside it.

    One word alone may be a network's name: two names at least must differ in it.

    >>> is_of_class("crack IoU", ["crack IoU", "road IoU", "mIoU"]), is_of_class("unet IoU", ["unet IoU", "mIoU"])
    (True, False)
    """
    if OF_CLASS.search(name):
        return True
    metric, word = _metric_and_word(name)
    others = (_metric_and_word(other) for other in names if other != name)
    words = {other for kind, other in others if kind == metric}
    several = bool(metric and word and words - {"", word})
    return several and ("" in words or bool(BACKGROUND & (words | {word})))


@lru_cache(maxsize=4096)  # each name is compared with every other one
def _metric_and_word(name: str) -> tuple[str, str]:
    """Return what a score measures ("" where unknown), and the words that may name a class."""
    metric = next((kind for kind, pattern in KINDS if re.search(pattern, name, re.IGNORECASE)), "")
    words = [word.lower() for word in WORD.findall(LIMIT.sub(" ", name))]
    return metric, " ".join(w for w in words if w not in OF_ALL and not METRIC_WORD.fullmatch(w))
