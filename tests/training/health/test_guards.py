from dataclasses import replace

import pytest

from maskwright.findings.catalogue import catalogue
from maskwright.findings.finding import Finding
from maskwright.training.health.guards import (
    GUARDED,
    Gap,
    Record,
    Validation,
    guard,
    record_as_tree,
    record_from_tree,
    settled,
)
from maskwright.training.health.probes import Look

HEALTHY = Look(
    gradients={"encoder": 0.3, "decoder": 0.2, "head": 0.2, "all": 0.4},
    moved={"encoder": 7e-4, "decoder": 2.5e-2, "head": 2e-2, "all": 1e-3},
    truth_classes=2,
    predicted_classes=2,
)


def record(steps: int = 100, *, losses: list[float] | None = None, look: Look = HEALTHY) -> Record:
    losses = losses if losses is not None else [1.2 * 0.98**i for i in range(60)]
    looks = [replace(look, step=step) for step in (8, 10, 20, 30, 40, 50)]
    validations = [Validation(step, 0.5, 0.2, "") for step in (8, 16, 24, 32, 40, 48, 56)]
    return Record(steps, batch=4, losses=losses, looks=looks, validations=validations)


def codes(one: Record) -> list[str]:
    return [finding.code for finding in guard(one)]


def test_a_healthy_training_is_left_in_peace() -> None:
    assert guard(record()) == []


def test_nothing_is_said_in_the_first_steps() -> None:
    far = replace(HEALTHY, moved={"encoder": 0.5, "all": 0.5})
    assert guard(replace(record(look=far), losses=[1.0] * 20)) == []
    assert codes(replace(record(look=far), losses=[1.0] * 25)) == ["lr-too-high"]


def test_steps_of_a_tenth_of_the_weights_are_too_long() -> None:
    (found,) = guard(record(look=replace(HEALTHY, moved={**HEALTHY.moved, "all": 0.054})))
    assert found.code == "lr-too-high"
    assert "5.4%" in found.evidence
    assert "rescue=true" in found.fix


def test_long_steps_count_only_where_the_rate_is_near_its_peak() -> None:
    assert codes(record(look=replace(HEALTHY, moved={**HEALTHY.moved, "all": 0.054}, rate_share=0.2))) == []


def test_a_loss_that_leaves_what_it_had_reached_is_a_rate_too_high() -> None:
    assert codes(record(losses=[1.0] * 10 + [0.4] * 30 + [1.6] * 20)) == ["lr-too-high"]


def test_a_noisy_loss_is_not_taken_for_one_that_blows_up() -> None:
    noisy = [1.0, 0.4, 1.5, 0.3] * 5 + [0.2, 0.5, 0.6, 0.3] * 5 + [1.7, 0.3, 1.6, 0.9] * 5
    assert codes(record(losses=noisy)) == []


def test_a_loss_and_weights_that_do_not_move_are_a_rate_too_low() -> None:
    still = replace(HEALTHY, moved={"encoder": 5e-7, "decoder": 2.5e-5, "head": 2.7e-5, "all": 2e-6})
    assert codes(record(losses=[1.3] * 60, look=still)) == ["lr-too-low"]
    assert codes(record(look=still)) == []
    assert codes(record(losses=[1.3] * 60)) == []


def test_a_layer_group_without_gradient_is_named() -> None:
    dead = replace(HEALTHY, gradients={**HEALTHY.gradients, "encoder": 0.0})
    (found,) = guard(record(look=dead))
    assert found.code == "grad-dead"
    assert "encoder" in found.title


def test_without_gradients_the_rate_is_not_blamed() -> None:
    nothing = {"encoder": 0.0, "decoder": 0.0, "head": 0.0, "all": 0.0}
    only_decay = {"encoder": 3e-5, "decoder": 3e-5, "head": 3e-5, "all": 3e-5}
    assert codes(record(losses=[1.3] * 60, look=replace(HEALTHY, gradients=nothing, moved=only_decay))) == ["grad-dead"]


def test_exploding_gradients_are_told_with_the_group_they_are_largest_in() -> None:
    huge = replace(HEALTHY, gradients={"encoder": 900.0, "decoder": 20.0, "head": 3.0, "all": 900.0})
    (found,) = guard(record(look=huge))
    assert found.code == "grad-exploding"
    assert "largest in encoder" in found.evidence


def test_batches_of_two_are_blamed_only_where_running_statistics_change_the_answers() -> None:
    two = replace(record(), batch=2, gaps=[Gap(30, 0.3), Gap(60, 0.2)])
    (found,) = guard(two)
    assert found.code == "bn-tiny-batch"
    assert "25%" in found.evidence
    assert guard(replace(two, gaps=[Gap(30, 0.03), Gap(60, 0.05)])) == []
    assert guard(replace(two, batch=4)) == []


def test_collapse_is_one_class_look_after_look_late_in_the_training() -> None:
    one = record(look=replace(HEALTHY, predicted_classes=1))
    one.validations[-1] = Validation(56, 0.0, 0.2, "background")
    assert codes(one) == ["training-collapse"]
    assert "background" in guard(one)[0].title
    assert codes(replace(one, steps=1000)) == []
    empty = record(look=replace(HEALTHY, predicted_classes=1, truth_classes=1))
    assert codes(empty) == []


def test_collapse_is_seen_in_two_validations_where_batches_show_no_object() -> None:
    one = record(look=replace(HEALTHY, predicted_classes=1, truth_classes=1))
    one.validations[-1] = Validation(56, 0.1, 0.05, "background")
    assert codes(one) == []
    one.validations[-2] = Validation(48, 0.1, 0.05, "background")
    assert codes(one) == ["training-collapse"]


def test_validation_below_the_constant_class_must_be_so_twice() -> None:
    once = record()
    once.validations[-1] = Validation(56, 0.1, 0.2, "")
    assert codes(once) == []
    once.validations[-2] = Validation(48, 0.1, 0.2, "")
    assert codes(once) == ["val-below-constant"]


def test_what_has_passed_by_the_end_is_only_a_note() -> None:
    raised = [Finding(code, "warning", "t", "e", "f") for code in ("lr-too-high", "val-below-constant")]
    kept = settled([*raised, Finding("rescued", "note", "t", "e", "f")], raised[:1])
    assert [(f.code, f.severity) for f in kept] == [
        ("lr-too-high", "warning"),
        ("rescued", "note"),
        ("val-below-constant", "note"),
    ]
    assert kept[-1].title == "t; it passed"


def test_a_record_survives_being_saved() -> None:
    whole = replace(record(), gaps=[Gap(3, 0.5)], skipped=[4], since=7)
    assert record_from_tree(record_as_tree(whole)) == whole


@pytest.mark.parametrize("code", GUARDED)
def test_every_code_of_the_guards_is_in_the_table(code: str) -> None:
    assert code in catalogue()
