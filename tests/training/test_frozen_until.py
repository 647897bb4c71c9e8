from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from drawn import disc_photos
from maskwright.data.split import Parts
from maskwright.training.bench import Bench, batches, hold_encoder, one_step, set_up, within_budget
from maskwright.training.optim import set_rate
from plans import small_plan


def bench_that_holds(folder: Path, share: float, *, steps: int = 4) -> Bench:
    dataset = disc_photos(folder, count=4)
    plan = small_plan(dataset, steps=steps)
    return set_up(Parts(dataset, None, (), ()), replace(plan, net=replace(plan.net, frozen_until=share)), 0)


def parts_of_the_net(bench: Bench) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    state = {name: value.clone() for name, value in bench.bare.state_dict().items()}
    encoder = {name: value for name, value in state.items() if "encoder." in name}
    return encoder, {name: value for name, value in state.items() if name not in encoder}


def changed(before: dict[str, Tensor], after: dict[str, Tensor]) -> set[str]:
    return {name for name in before if not torch.equal(before[name], after[name])}


def test_the_encoder_rests_for_its_share_of_the_steps_and_then_learns(tmp_path: Path) -> None:
    bench = bench_that_holds(tmp_path, 0.5)
    bench.net.train()
    begun = parts_of_the_net(bench)
    turns = []
    for step, batch in enumerate(batches(bench, range(4))):
        turns.append(hold_encoder(bench, step))
        set_rate(bench.optimiser, bench.plan.optim, step)
        one_step(bench, batch, step)
        if step == 1:
            held = parts_of_the_net(bench)
    assert turns == [True, False, True, False]
    assert not changed(begun[0], held[0]), "weights and statistics of the encoder stay"
    assert changed(begun[1], held[1])
    encoder, _ = parts_of_the_net(bench)
    moved = changed(held[0], encoder)
    assert any(name.endswith("conv_dw.weight") for name in moved)
    assert any(name.endswith("running_mean") for name in moved)


def test_stages_frozen_for_good_stay_so_when_the_others_learn_again(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path, count=4)
    plan = small_plan(dataset, steps=4)
    plan = replace(plan, net=replace(plan.net, frozen_until=0.5, frozen_stages=2))
    bench = set_up(Parts(dataset, None, (), ()), plan, 0)
    still = [p.requires_grad for p in bench.bare.parameters()]
    assert hold_encoder(bench, 0)
    assert hold_encoder(bench, 3)
    assert [p.requires_grad for p in bench.bare.parameters()] == still


def test_steps_are_reckoned_with_both_kinds(tmp_path: Path) -> None:
    bench = within_budget(bench_that_holds(tmp_path, 0.5, steps=0), 8.0)
    assert bench.plan.optim.steps >= 20
    assert not bench.bare.held, "measuring leaves nothing held"
