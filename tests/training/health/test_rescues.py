from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from maskwright.datasets.dataset import pick
from maskwright.datasets.splitting.split import Parts
from maskwright.errors import MaskwrightError
from maskwright.findings.finding import Finding
from maskwright.output_file_names import WEIGHTS_FILE
from maskwright.planning.plan import Plan
from maskwright.planning.plan_file import read_plan, with_overrides
from maskwright.planning.settings import plan_overrides
from maskwright.runs.folder import read_findings, read_history
from maskwright.training.health import monitor
from maskwright.training.health.guards import settled
from maskwright.training.health.probes import Probe
from maskwright.training.health.record import Record
from maskwright.training.health.rescues import (
    Rescue,
    hold_norms,
    plan_after,
    rescue_for,
    rescue_from_tree,
    rescue_note,
)
from maskwright.training.loop import train
from maskwright.training.progress import Progress
from maskwright.training.state import set_up
from tests.support.drawn import disc_photos
from tests.support.plans import small_plan


def parts_in(folder: Path, *, inner: int = 0) -> Parts:
    dataset = disc_photos(folder, count=4)
    names = tuple(sample.name for sample in dataset.samples)
    return Parts(pick(dataset, names), None, names[:inner], ("by hand",))


def too_fast(parts: Parts, *, factor: float = 100.0, rescue: bool = True) -> Plan:
    plan = small_plan(parts.train, steps=32, long_side_px=64)
    optim = replace(plan.optim, lr_encoder=3e-4 * factor, lr_decoder=3e-3 * factor, rescue=rescue)
    return replace(plan, optim=optim)


def codes_in(run: Path) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity) for finding in read_findings(run)]


def test_a_rate_a_hundred_times_too_high_is_reported_while_the_training_runs(tmp_path: Path) -> None:
    parts = parts_in(tmp_path / "photos")
    reported: list[tuple[int, str]] = []

    def listen(progress: Progress) -> None:
        reported.extend((progress.step, finding.code) for finding in progress.findings)

    run = train(parts, too_fast(parts, rescue=False), out=tmp_path / "run", on_progress=listen)
    assert "lr-too-high" in [code for _, code in reported]
    assert reported[0][0] < 32
    assert "lr-too-high" in [code for code, _ in codes_in(run.folder)]
    assert "rescued" not in [code for code, _ in codes_in(run.folder)]


def test_a_rescued_training_restarts_with_smaller_rates_and_can_be_resumed(tmp_path: Path) -> None:
    parts = parts_in(tmp_path / "photos")
    plan = too_fast(parts)
    rescued_at: list[int] = []

    def listen(progress: Progress) -> None:
        if progress.findings and progress.findings[-1].code == "rescued":
            rescued_at.append(progress.step)

    whole = train(parts, plan, out=tmp_path / "whole", seed=1, on_progress=listen)
    assert rescued_at[0] == 0
    assert ("lr-too-high", "note") in codes_in(whole.folder)
    assert ("rescued", "note") in codes_in(whole.folder)
    assert [row.step for row in read_history(whole.folder)] == sorted({r.step for r in read_history(whole.folder)})
    with pytest.raises(KeyboardInterrupt):
        train(parts, plan, out=tmp_path / "broken", seed=1, on_progress=_stop_at(5, times=2))
    resumed = train(parts, plan, out=tmp_path / "broken", seed=1, resume=True)
    _require_same_weights(whole.folder, resumed.folder)
    assert codes_in(resumed.folder) == codes_in(whole.folder)
    assert read_plan(resumed.folder / "plan.toml").optim.lr_decoder == plan.optim.lr_decoder


def _stop_at(step: int, *, times: int) -> Callable[[Progress], None]:
    """Return a watcher that interrupts when `step` is taken for the `times`-th time."""
    seen: list[int] = []

    def watch(progress: Progress) -> None:
        seen.extend([step] if progress.step == step and not progress.findings else [])
        if len(seen) == times:
            raise KeyboardInterrupt

    return watch


def _require_same_weights(one: Path, other: Path) -> None:
    assert (one / WEIGHTS_FILE).read_bytes() == (other / WEIGHTS_FILE).read_bytes()


def test_a_loss_that_stays_nan_ends_a_rescued_training_with_one_line(tmp_path: Path) -> None:
    parts = parts_in(tmp_path / "photos")
    plan = too_fast(parts, factor=1.0)
    plan = replace(plan, loss=replace(plan.loss, class_weights=(float("inf"), 1.0)))
    with pytest.raises(
        MaskwrightError, match=r"NaN or infinite: at step 1 every layer's output is finite.*disc0"
    ) as caught:
        train(parts, plan, out=tmp_path / "run")
    assert "\n" not in str(caught.value)
    codes = codes_in(tmp_path / "run")
    assert codes[-1] == ("loss-not-finite", "error")
    assert codes.count(("rescued", "note")) == 6


PROBE = Probe({"all": 1.0}, {"all": 0.05}, 2, 2)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("lr-too-high", Rescue("lr-too-high", 30, rates=0.04, rewind=True, restart=True)),
        ("grad-exploding", Rescue("grad-exploding", 30, rates=0.5)),
        ("bn-tiny-batch", Rescue("bn-tiny-batch", 30, hold_norms=True)),
        ("training-collapse", Rescue("training-collapse", 30, both_losses=True)),
        ("grad-dead", None),
    ],
)
def test_each_fault_has_its_first_fix(tmp_path: Path, code: str, expected: Rescue | None) -> None:
    plan = small_plan(disc_photos(tmp_path, count=3))
    plan = replace(plan, loss=replace(plan.loss, mix="ce"))
    record = Record(100, 4, losses=[1.0] * 30, probes=[PROBE])
    assert rescue_for(Finding(code, "warning", "", "", ""), record, plan, []) == expected
    if expected is not None and expected.rates == 1.0:
        changed = plan_after(plan, [expected])
        assert rescue_for(Finding(code, "warning", "", "", ""), record, changed, [expected]) is None


def test_a_rate_too_low_is_raised_and_the_training_goes_on(tmp_path: Path) -> None:
    plan = small_plan(disc_photos(tmp_path, count=3))
    record = Record(100, 4, losses=[1.0] * 30, probes=[replace(PROBE, moved={"all": 1e-5})])
    rescue = rescue_for(Finding("lr-too-low", "warning", "", "", ""), record, plan, [])
    assert rescue is not None
    assert not rescue.rewind
    assert rescue.rates == pytest.approx(900)
    assert plan_after(plan, [rescue]).optim.lr_encoder == pytest.approx(0.27)


def test_held_norms_use_running_statistics_in_training_mode_too(tmp_path: Path) -> None:
    state = set_up(parts_in(tmp_path), small_plan(disc_photos(tmp_path, count=3)), 0)
    state.net.train()
    hold_norms(state.net)
    photos = 255 * torch.rand(2, 3, 64, 64)
    together, alone = state.net(photos), state.net(photos[:1])
    torch.testing.assert_close(together[:1], alone, rtol=1e-3, atol=1e-3)


def test_rescue_is_a_setting_of_the_plan(tmp_path: Path) -> None:
    plan = with_overrides(small_plan(disc_photos(tmp_path, count=3)), plan_overrides(["rescue=true"]))
    assert plan.optim.rescue


def test_a_fault_that_returns_after_a_rescue_is_reported_again(monkeypatch: pytest.MonkeyPatch) -> None:
    finding = Finding("lr-too-high", "warning", "the rate is too high", "evidence", "fix")
    monkeypatch.setattr(monitor, "run_guards", lambda _: [finding])
    watching = monitor.Monitor(Record(100, 4, 0))
    assert watching.new_findings() == [finding]
    assert watching.new_findings() == []
    watching.findings.append(rescue_note(Rescue("lr-too-high", 10, rates=0.01), 0))
    assert watching.new_findings() == [finding]
    passed = settled(watching.findings, [])
    assert [f.code for f in passed].count("lr-too-high") == 1
    assert [f.code for f in passed].count("rescued") == 1


def test_a_rescue_saved_by_version_0_1_0_is_read() -> None:
    saved = {"code": "lr-too-high", "step": 30, "rates": 0.5, "both_losses": False, "hold_norms": False}
    expected = Rescue("lr-too-high", 30, rates=0.5, rewind=True, restart=True)
    assert rescue_from_tree({**saved, "back": True, "anew": True}) == expected
