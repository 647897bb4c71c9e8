"""maskwright itself, as `maskwright train` runs it; the minutes begin before the photos are measured."""

from benchmarks.methods.task import Stopwatch, Task, Trained
from maskwright.datasets.fingerprint import measure
from maskwright.inference.load import load
from maskwright.planning.machine import this_machine
from maskwright.planning.make_plan import make_plan
from maskwright.planning.plan import Request
from maskwright.training.loop import train


def fit(task: Task) -> Trained:
    """Measure, plan, train, load."""
    watch = Stopwatch(task.budget_s)
    fingerprint = measure(task.parts.train)
    left_s = max(1.0, task.budget_s - watch.seconds)
    plan = make_plan(fingerprint, this_machine(), Request(left_s / 60))
    run = train(task.parts, plan, out=task.scratch / "run", seed=task.seed)
    return Trained(load(run.folder).mask, run.facts.steps)
