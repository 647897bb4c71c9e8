from dataclasses import replace

import pytest

from maskwright.findings.catalogue import catalogue
from maskwright.findings.finding import Finding
from maskwright.training.health.guards import GUARDED, run_guards, settled
from maskwright.training.health.probes import Probe
from maskwright.training.health.record import NormGap, Record, Validation, record_as_tree, record_from_tree

HEALTHY = Probe(
    gradients={"encoder": 0.3, "decoder": 0.2, "head": 0.2, "all": 0.4},
    moved={"encoder": 7e-4, "decoder": 2.5e-2, "head": 2e-2, "all": 1e-3},
    truth_classes=2,
    predicted_classes=2,
)


def record(steps: int = 100, *, losses: list[float] | None = None, probe: Probe = HEALTHY) -> Record:
    losses = losses if losses is not None else [1.2 * 0.98**i for i in range(60)]
    probes = [replace(probe, step=step) for step in (8, 10, 20, 30, 40, 50)]
    validations = [Validation(step, 0.5, 0.2, "") for step in (8, 16, 24, 32, 40, 48, 56)]
    return Record(steps, batch=4, losses=losses, probes=probes, validations=validations)


def codes(seen: Record) -> list[str]:
    return [finding.code for finding in run_guards(seen)]


def test_a_healthy_training_has_no_findings() -> None:
    assert run_guards(record()) == []


def test_nothing_is_reported_in_the_first_steps() -> None:
    far = replace(HEALTHY, moved={"encoder": 0.5, "all": 0.5})
    assert run_guards(replace(record(probe=far), losses=[1.0] * 20)) == []
    assert codes(replace(record(probe=far), losses=[1.0] * 25)) == ["lr-too-high"]


def test_steps_of_a_tenth_of_the_weights_are_too_long() -> None:
    (finding,) = run_guards(record(probe=replace(HEALTHY, moved={**HEALTHY.moved, "all": 0.054})))
    assert finding.code == "lr-too-high"
    assert "5.4%" in finding.evidence
    assert "rescue=true" in finding.fix


@pytest.mark.parametrize(("moved", "divisor"), [(0.025, 10), (0.054, 100), (0.6, 1000)])
def test_rates_are_divided_by_what_makes_a_step_a_usual_one(moved: float, divisor: int) -> None:
    far = replace(HEALTHY, moved={**HEALTHY.moved, "all": moved})
    (finding,) = run_guards(record(losses=[1.0] * 60, probe=far))
    assert f"Divide the learning rates by {divisor}:" in finding.fix


@pytest.mark.parametrize(("losses", "named"), [(None, []), ([1.0] * 60, ["lr-too-high"])], ids=["falls", "stays"])
def test_long_steps_are_blamed_only_while_the_loss_does_not_fall(losses: list[float] | None, named: list[str]) -> None:
    far = replace(HEALTHY, moved={**HEALTHY.moved, "all": 0.03})
    assert codes(record(losses=losses, probe=far)) == named


def test_the_plans_own_rates_are_not_blamed_for_long_steps_nor_for_a_loss_that_stays() -> None:
    far = replace(HEALTHY, moved={**HEALTHY.moved, "all": 0.03})
    still = replace(HEALTHY, moved={"encoder": 5e-7, "decoder": 2.5e-5, "head": 2.7e-5, "all": 2e-6})
    for probe in (far, still):
        assert codes(replace(record(losses=[1.0] * 60, probe=probe), own_rates=True)) == []


def test_a_loss_that_rises_at_the_plans_own_rates_is_named_without_rates_to_set() -> None:
    (finding,) = run_guards(replace(record(losses=[1.0] * 10 + [0.4] * 30 + [1.6] * 20), own_rates=True))
    assert finding.code == "lr-too-high"
    assert "--set rescue=true" in finding.fix
    assert "optim.lr" not in finding.fix
    assert "begins again with lower rates" in finding.fix


def test_the_usual_step_is_named_only_beside_a_step() -> None:
    risen = record(losses=[1.0] * 10 + [0.4] * 30 + [1.6] * 20)
    (without,) = run_guards(replace(risen, own_rates=True, probes=[]))
    assert "usual" not in without.evidence


def test_the_fix_names_the_learning_rates_to_set() -> None:
    seen = record(probe=replace(HEALTHY, moved={**HEALTHY.moved, "all": 0.054}))
    (finding,) = run_guards(replace(seen, lr_decoder=0.3, lr_encoder=0.03))
    assert "--set optim.lr_decoder=0.003 --set optim.lr_encoder=0.0003" in finding.fix


def test_long_steps_count_only_where_the_rate_is_near_its_peak() -> None:
    assert codes(record(probe=replace(HEALTHY, moved={**HEALTHY.moved, "all": 0.054}, rate_share=0.2))) == []


def test_a_loss_that_rises_for_good_means_a_rate_too_high() -> None:
    assert codes(record(losses=[1.0] * 10 + [0.4] * 30 + [1.6] * 20)) == ["lr-too-high"]


def test_a_noisy_loss_is_not_taken_for_one_that_blows_up() -> None:
    noisy = [1.0, 0.4, 1.5, 0.3] * 5 + [0.2, 0.5, 0.6, 0.3] * 5 + [1.7, 0.3, 1.6, 0.9] * 5
    assert codes(record(losses=noisy)) == []


def test_a_loss_and_weights_that_do_not_change_mean_a_rate_too_low() -> None:
    still = replace(HEALTHY, moved={"encoder": 5e-7, "decoder": 2.5e-5, "head": 2.7e-5, "all": 2e-6})
    assert codes(record(losses=[1.3] * 60, probe=still)) == ["lr-too-low"]
    assert codes(record(probe=still)) == []
    assert codes(record(losses=[1.3] * 60)) == []


def test_a_layer_group_without_gradient_is_named() -> None:
    dead = replace(HEALTHY, gradients={**HEALTHY.gradients, "encoder": 0.0})
    (finding,) = run_guards(record(probe=dead))
    assert finding.code == "grad-dead"
    assert "encoder" in finding.evidence


def test_without_gradients_the_rate_is_not_blamed() -> None:
    nothing = {"encoder": 0.0, "decoder": 0.0, "head": 0.0, "all": 0.0}
    only_decay = {"encoder": 3e-5, "decoder": 3e-5, "head": 3e-5, "all": 3e-5}
    assert codes(record(losses=[1.3] * 60, probe=replace(HEALTHY, gradients=nothing, moved=only_decay))) == [
        "grad-dead"
    ]


def test_exploding_gradients_are_reported_with_their_largest_layer_group() -> None:
    huge = replace(HEALTHY, gradients={"encoder": 900.0, "decoder": 20.0, "head": 3.0, "all": 900.0})
    (finding,) = run_guards(record(probe=huge))
    assert finding.code == "grad-exploding"
    assert "largest in encoder" in finding.evidence


def test_batches_of_two_are_reported_only_if_running_statistics_change_predictions() -> None:
    two = replace(record(), batch=2, gaps=[NormGap(30, 0.3), NormGap(60, 0.2)])
    (finding,) = run_guards(two)
    assert finding.code == "bn-tiny-batch"
    assert "25%" in finding.evidence
    assert run_guards(replace(two, gaps=[NormGap(30, 0.03), NormGap(60, 0.05)])) == []
    assert run_guards(replace(two, batch=4)) == []


def test_collapse_is_one_class_in_every_probe_late_in_the_training() -> None:
    seen = record(probe=replace(HEALTHY, predicted_classes=1))
    seen.validations[-1] = Validation(56, 0.0, 0.2, "background")
    assert codes(seen) == ["training-collapse"]
    assert "background" in run_guards(seen)[0].evidence
    assert codes(replace(seen, steps=1000)) == []
    empty = record(probe=replace(HEALTHY, predicted_classes=1, truth_classes=1))
    assert codes(empty) == []


def test_collapse_is_seen_in_two_validations_where_batches_show_no_object() -> None:
    seen = record(probe=replace(HEALTHY, predicted_classes=1, truth_classes=1))
    seen.validations[-1] = Validation(56, 0.1, 0.05, "background")
    assert codes(seen) == []
    seen.validations[-2] = Validation(48, 0.1, 0.05, "background")
    assert codes(seen) == ["training-collapse"]


def test_validation_below_the_constant_class_is_reported_the_second_time() -> None:
    once = record()
    once.validations[-1] = Validation(56, 0.1, 0.2, "")
    assert codes(once) == []
    once.validations[-2] = Validation(48, 0.1, 0.2, "")
    assert codes(once) == ["val-below-constant"]


def test_a_finding_that_has_passed_by_the_end_is_only_a_note() -> None:
    raised = [Finding(code, "warning", "t", "e", "f") for code in ("lr-too-high", "val-below-constant")]
    kept = settled([*raised, Finding("rescued", "note", "t", "e", "f")], raised[:1])
    assert [(f.code, f.severity) for f in kept] == [
        ("lr-too-high", "warning"),
        ("rescued", "note"),
        ("val-below-constant", "note"),
    ]
    assert kept[-1].title == "t; it passed"


def test_a_saved_record_is_read_back() -> None:
    whole = replace(record(), gaps=[NormGap(3, 0.5)], skipped=[4], since=7)
    assert record_from_tree(record_as_tree(whole)) == whole


def test_a_record_saved_by_version_0_1_0_is_read_back() -> None:
    values = record_as_tree(record())
    values["looks"] = values.pop("probes")
    assert record_from_tree(values) == record()


@pytest.mark.parametrize("code", GUARDED)
def test_every_code_of_the_guards_is_in_the_catalogue(code: str) -> None:
    assert code in catalogue()
