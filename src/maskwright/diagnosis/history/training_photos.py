"""Scores of the training photos that were measured again in evaluation mode: "train dice (model.eval())"."""

import re
from collections.abc import Iterable, Mapping

from maskwright.diagnosis.history.column_names import TRAINING, VALIDATION
from maskwright.diagnosis.history.trend import Values

EVALUATED = re.compile(
    r"(model|net|mode)?\W*eval(uat(e|ion|ed|ing))?(?![a-z])\W*(model|net|mode|\(\))*|inference", re.IGNORECASE
)
IDLE_WORDS = frozenset(
    {"on", "of", "in", "the", "photos", "images", "set", "data", "mode", "model", "net", "epoch", "avg"}
)


def evaluated_training_columns(names: Iterable[str]) -> dict[str, str]:
    """Return the columns of training photos in evaluation mode, each with the name of the same score of training.

    Only where that score was logged for training and for validation too: "train/eval_loss" alone is validation's.

    >>> evaluated_training_columns(["train dice", "val dice", "train dice (model.eval())"])
    {'train dice (model.eval())': 'train dice'}
    """
    every = list(names)
    train = {_core(n): n for n in every if TRAINING.search(n) and not EVALUATED.search(n)}
    validation = {_core(n) for n in every if VALIDATION.search(n) and not TRAINING.search(n)}
    again = [n for n in every if is_evaluated_training(n)]
    return {n: train[_core(n)] for n in again if _core(n) in train.keys() & validation}


def split_evaluated_training(
    columns: Mapping[str, Values],
) -> tuple[dict[str, tuple[Values, Values]], dict[str, Values]]:
    """Return scores of training photos, as logged and measured again, by the second's name; and all other columns."""
    twice = evaluated_training_columns(columns)
    again = {name: (columns[first], columns[name]) for name, first in twice.items()}
    return again, {name: values for name, values in columns.items() if name not in twice}


def is_evaluated_training(name: str) -> bool:
    """Tell whether a name is of training photos in evaluation mode, or may be: "train dice (model.eval())"."""
    return bool(TRAINING.search(name) and EVALUATED.search(name))


def _core(name: str) -> str:
    """Return the words of a name that are neither a side nor a mode."""
    plain = TRAINING.sub(" ", VALIDATION.sub(" ", EVALUATED.sub(" ", name)))
    return " ".join(w for w in re.findall(r"[a-z0-9]+", plain.lower()) if w not in IDLE_WORDS)
