"""What defines a loss: the values of plan.toml's section [loss], which `make_loss` unpacks."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, Le


@dataclass(frozen=True)
class LossSpec:
    """A loss expression and what its terms need to know of the classes.

    `mix`: the loss expression, such as "ce + 0.5*dice"; a name that is none lists them all.
    `class_weights`: one a class, used by `ce` and `border`.
    `class_shares`: the share of the training pixels that each class covers; `wce-inverse` and `wce-median` use it.
    """

    mix: str
    class_weights: tuple[Annotated[float, Gt(0.0)], ...]
    class_shares: tuple[Annotated[float, Ge(0.0), Le(1.0)], ...]
