"""maskwright itself, as `maskwright train --minutes M` runs it."""

from benchmarks.methods.task import Task, Trained
from maskwright.data.fingerprint import measure
from maskwright.infer.load import load
from maskwright.planning.machine import this_machine
from maskwright.planning.plan import Wishes
from maskwright.planning.rules import make_plan
from maskwright.training.loop import train


def fit(task: Task) -> Trained:
    """Plan, train within the minutes, load; measuring the photos counts as training time."""
    plan = make_plan(measure(task.parts.train), this_machine(), Wishes(task.budget_s / 60))
    run = train(task.parts, plan, out=task.scratch / "run", seed=task.seed)
    return Trained(load(run.folder).mask, run.facts.steps)
