from dataclasses import replace
from pathlib import Path

import pytest

from maskwright.diagnosis.training_length import short_training
from maskwright.planning.plan import Plan
from maskwright.planning.plan_file import plan_of_run
from maskwright.runs.enough_steps import FEW_STEPS, LEAST_STEPS
from maskwright.runs.folder import RunFacts, read_run_facts


@pytest.fixture
def facts(disc_run: Path) -> RunFacts:
    return read_run_facts(disc_run)


@pytest.fixture
def timed(disc_run: Path) -> Plan:
    plan = plan_of_run(disc_run)
    return replace(plan, why={**plan.why, "optim.steps": "as many as fit into the minutes: 4.2 s a step"})


def test_enough_steps_are_no_finding(facts: RunFacts, timed: Plan) -> None:
    assert short_training(replace(facts, steps=FEW_STEPS), timed) == []


def test_few_steps_ask_for_more_minutes_and_say_that_the_floor_was_hit(facts: RunFacts, timed: Plan) -> None:
    (finding,) = short_training(replace(facts, steps=LEAST_STEPS, minutes=1.4), timed)
    assert finding.code == "steps-few"
    assert "fewer than 20 steps, the least that a training takes" in finding.evidence
    assert "--minutes 15" in finding.fix


def test_steps_above_the_floor_do_not_name_it(facts: RunFacts, timed: Plan) -> None:
    (finding,) = short_training(replace(facts, steps=40, minutes=3), timed)
    assert "the least" not in finding.evidence


def test_steps_set_by_hand_are_said_to_be(disc_run: Path, facts: RunFacts) -> None:
    (finding,) = short_training(facts, plan_of_run(disc_run))
    assert "set by hand" in finding.evidence
    assert "optim.steps" in finding.fix
