"""Whether a training was long enough to say anything about the data."""

from maskwright.evaluation.verdict import LEAST_STEPS, advised_minutes
from maskwright.findings.finding import Finding, make_finding
from maskwright.models.catalogue import require_network
from maskwright.planning.plan import Plan
from maskwright.planning.plan_file import rates_are_planned
from maskwright.planning.rules.optimizers import usual_rate
from maskwright.runs.folder import RunFacts

FEW_STEPS = 60
"""With fewer steps a network has hardly left its start, and its masks show nothing but that."""
GUARDED_FROM = 25
"""From so many steps on the guards of a training judge its rates by what one step moves."""
ABSURD = 30.0
"""Ten times the usual rate still learns, a hundred times does not."""


def short_training(facts: RunFacts, plan: Plan) -> list[Finding]:
    """Return what a training of few steps suffers from; nothing where it had enough.

    That is a rate set by hand that no guard saw at work, then the steps; the evidence says whether the floor was hit.
    """
    if facts.steps >= FEW_STEPS:
        return []
    return [*_absurd_rate(facts, plan), *_few_steps(facts, plan)]


def _absurd_rate(facts: RunFacts, plan: Plan) -> list[Finding]:
    """Judge a rate by its number alone, where the training ended before its guards could."""
    usual, rate = usual_rate(plan.optim.name, require_network(plan.net.name)), plan.optim.lr_decoder
    if facts.steps >= GUARDED_FROM or rates_are_planned(plan) or rate <= ABSURD * usual:
        return []
    evidence = f"optim.lr_decoder is {rate:g}, {rate / usual:.0f} times what suits {plan.optim.name} here ({usual:g})"
    return [make_finding("lr-too-high", evidence, variant="absurd")]


def _few_steps(facts: RunFacts, plan: Plan) -> list[Finding]:
    timed = plan.why.get("optim.steps", "").startswith("as many as fit")
    photos = facts.steps * plan.optim.batch / max(1, len(facts.train_photos))
    evidence = f"{facts.steps} steps in {facts.minutes:.1f} minutes: each training photo was seen {photos:.1f} times"
    if not timed:
        return [make_finding("steps-few", evidence + "; optim.steps was set by hand", variant="set")]
    if facts.steps <= LEAST_STEPS:
        evidence += f"; the minutes held fewer than {LEAST_STEPS} steps, the least that a training takes"
    return [make_finding("steps-few", evidence, values={"minutes": advised_minutes(facts)})]
