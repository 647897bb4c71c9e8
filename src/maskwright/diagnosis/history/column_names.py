"""What a logged name says: a moment, a loss, a learning rate, a side, or something beside the training."""

import re

TIME_NAMES = (
    *("epoch", "epochs", "ep", "step", "steps", "_step", "iter", "iters", "iteration", "iterations"),
    *("global_step", "trainer/global_step", "trainer/epoch"),
)
SEP = r"[_/\-. ()\[\]:|]"
"""What parts the words of a name."""
IDLE = re.compile(
    rf"(^|{SEP})(minutes|seconds|time|runtime|elapsed|eta|created_at|timestamp|memory|mem|gpu_mem|flos|grad_norm|"
    r"per_second|v_num|seed|momentum|weight_decay|patience|relative|batch|batch_size|size|instances|workers|"
    r"(batch|reader|data|step)[_ ]cost|n_parameters)$",
    re.IGNORECASE,
)
RATE = re.compile(
    rf"(^|{SEP})(lr|learning[_ -]?rate)(\d+|{SEP}\w{{1,12}})?$|^lr-|optimizer.*lr",
    re.IGNORECASE,
)
VALIDATION = re.compile(
    rf"(^|{SEP})(val|valid|validation|validate|validating|test|testing|eval|evaluation|dev)({SEP}|$)", re.IGNORECASE
)
TRAINING = re.compile(rf"(^|{SEP})(train|training|trn)({SEP}|$)", re.IGNORECASE)
LOSS = re.compile(rf"loss(es)?\d*({SEP}|$)|(^|{SEP})(objective|cost)({SEP}|$)", re.IGNORECASE)
WHOLE_LOSS = ("loss", "total_loss", "loss_total", "totalloss", "losses", "objective", "cost", "train", "all_loss")
_SIDE_IN_CAMEL_CASE = re.compile(r"^(train|training|val|valid|validation|test|eval)(?=[A-Z])")


def spelled(name: str) -> str:
    """Return a column's name without spaces around it, "valLoss" as "val_Loss".

    >>> spelled(" valLoss ")
    'val_Loss'
    """
    return _SIDE_IN_CAMEL_CASE.sub(r"\1_", name.strip())


def plain_name(name: str) -> str:
    """Return a metric's name without the side it was measured on: "val_iou", "iou/val" and "iou" are one."""
    plain = TRAINING.sub(_separator, VALIDATION.sub(_separator, name)).removesuffix("_epoch").removesuffix("_step")
    plain = plain.strip("_/-. ():|") or name
    return f"{plain})" if plain.count("(") > plain.count(")") else plain


def _separator(side: re.Match[str]) -> str:
    """Return what parts the words around a side that is left out: "Losses/train_loss" is Losses/loss."""
    return "/" if side[0].startswith("/") else "_"


def is_moment(name: str) -> bool:
    """Tell whether a name counts epochs or steps."""
    return name.lower() in TIME_NAMES


def is_idle(name: str) -> bool:
    """Tell whether a name is of a time, a memory, a speed: nothing that shows a fault."""
    return not name.strip() or is_moment(name) or bool(IDLE.search(name)) or name.lower() == "eta_seconds"
