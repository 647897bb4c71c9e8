"""Learning rates that a person set, judged by their numbers alone."""

from maskwright.findings.finding import Finding, make_finding
from maskwright.models.catalogue import require_network
from maskwright.planning.plan import Plan
from maskwright.planning.plan_file import rates_are_planned
from maskwright.planning.rules.optimizers import usual_rate

GUARDED_FROM = 25
"""From so many steps on the guards of a training judge its rates by what one step moves."""
ABSURD = 30.0
"""Ten times the usual rate still learns, a hundred times does not."""


def absurd_rates(plan: Plan, *, steps: int) -> list[Finding]:
    """Return a finding where a rate set by hand is absurd, and the training ended before its guards could see it."""
    usual, rate = usual_rate(plan.optim.name, require_network(plan.net.name)), plan.optim.lr_decoder
    if steps >= GUARDED_FROM or rates_are_planned(plan) or rate <= ABSURD * usual:
        return []
    evidence = f"optim.lr_decoder is {rate:g}, {rate / usual:.0f} times what suits {plan.optim.name} here ({usual:g})"
    return [make_finding("lr-too-high", evidence, variant="absurd")]
