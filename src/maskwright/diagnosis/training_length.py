"""Whether a training was long enough to say anything about the data."""

from maskwright.findings.finding import Finding, make_finding
from maskwright.planning.plan import Plan
from maskwright.runs.enough_steps import FEW_STEPS, LEAST_STEPS, advised_minutes
from maskwright.runs.folder import RunFacts


def short_training(facts: RunFacts, plan: Plan) -> list[Finding]:
    """Return a finding where the training had too few steps; the evidence says whether the floor was hit."""
    if facts.steps >= FEW_STEPS:
        return []
    photos = facts.steps * plan.optim.batch / max(1, len(facts.train_photos))
    evidence = f"{facts.steps} steps in {facts.minutes:.1f} minutes: each training photo was seen {photos:.1f} times"
    if not plan.steps_are_fitted:
        return [make_finding("steps-few", evidence + "; optim.steps was set by hand", variant="set")]
    if facts.steps <= LEAST_STEPS:
        evidence += f"; the minutes held fewer than {LEAST_STEPS} steps, the least that a training takes"
    return [make_finding("steps-few", evidence, values={"minutes": advised_minutes(facts)})]
