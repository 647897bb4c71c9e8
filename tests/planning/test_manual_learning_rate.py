"""Rates set by hand: a hundred times the usual one is named, ten times is not, and guards come first."""

from dataclasses import replace
from pathlib import Path

import pytest

from maskwright.models.catalogue import require_network
from maskwright.planning.manual_learning_rate import absurd_rates
from maskwright.planning.overrides import BY_HAND
from maskwright.planning.plan import Plan
from maskwright.planning.plan_file import plan_of_run
from maskwright.planning.rules.optimizers import usual_rate


@pytest.fixture
def plan(disc_run: Path) -> Plan:
    return plan_of_run(disc_run)


def rated(plan: Plan, times: float) -> Plan:
    usual = usual_rate(plan.optim.name, require_network(plan.net.name))
    by_hand = {"optim.lr_decoder": BY_HAND, "optim.lr_encoder": BY_HAND}
    return replace(plan, optim=replace(plan.optim, lr_decoder=times * usual), why={**plan.why, **by_hand})


def test_a_rate_a_hundred_times_the_usual_one_is_named(plan: Plan) -> None:
    (finding,) = absurd_rates(rated(plan, 100), steps=20)
    assert finding.code == "lr-too-high"
    assert "100 times" in finding.evidence


def test_a_rate_ten_times_the_usual_one_is_not_named(plan: Plan) -> None:
    assert absurd_rates(rated(plan, 10), steps=20) == []


def test_a_rate_that_guards_saw_at_work_is_left_to_them(plan: Plan) -> None:
    assert absurd_rates(rated(plan, 100), steps=30) == []
