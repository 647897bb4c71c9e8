import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from maskwright.classes import class_table
from maskwright.errors import MaskwrightError, RunError
from maskwright.evaluation.evaluate import evaluate
from maskwright.inference.load import load
from maskwright.models.weights.read_run_weights import read_run_weights
from maskwright.output_file_names import WEIGHTS_FILE
from maskwright.planning.plan_file import plan_of_run, read_plan
from maskwright.runs.folder import read_history, read_run_facts
from maskwright.training.checkpoint import require_same_parts
from maskwright.training.loop import train
from maskwright.training.progress import Progress
from tests.support.drawn import disc_photos
from tests.support.plans import parts_of, small_plan


def weights_of(run: Path) -> dict[str, torch.Tensor]:
    return read_run_weights(run)


def interrupt_at(step: int) -> Callable[[Progress], None]:
    def watch(progress: Progress) -> None:
        if progress.step == step:
            raise KeyboardInterrupt

    return watch


def test_a_pretrained_network_finds_discs_after_40_steps(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=8)
    plan = small_plan(dataset, steps=40)
    plan = replace(plan, net=replace(plan.net, weights="imagenet"))
    parts = parts_of(dataset)
    run = train(parts, plan, out=tmp_path / "run")
    assert "efficientnet-lite0" in run.facts.weights
    assert parts.test is not None
    assert evaluate(load(run.folder), parts.test).dataset_iou > 0.75


def test_a_resumed_run_ends_with_the_numbers_of_an_uninterrupted_run(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos")
    parts, plan = parts_of(dataset), small_plan(dataset)
    whole = train(parts, plan, out=tmp_path / "whole", seed=3)
    with pytest.raises(KeyboardInterrupt):
        train(parts, plan, out=tmp_path / "broken", seed=3, on_progress=interrupt_at(7))
    assert (tmp_path / "broken" / "checkpoint.pt").exists()
    resumed = train(parts, plan, out=tmp_path / "broken", seed=3, resume=True)
    expected = weights_of(whole.folder)
    for name, tensor in weights_of(resumed.folder).items():
        assert torch.equal(tensor, expected[name]), name
    assert [r.loss for r in read_history(resumed.folder)] == [r.loss for r in read_history(whole.folder)]
    assert not (resumed.folder / "checkpoint.pt").exists()


def test_a_resumed_network_with_dropout_ends_with_the_same_weights_too(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=4)
    parts, plan = parts_of(dataset, test=1, inner=0), small_plan(dataset, steps=4)
    plan = replace(plan, net=replace(plan.net, name="unet2015-padded", encoder="", width=0.05, frozen_stages=0))
    whole = weights_of(train(parts, plan, out=tmp_path / "whole").folder)
    with pytest.raises(KeyboardInterrupt):
        train(parts, plan, out=tmp_path / "broken", on_progress=interrupt_at(3))
    resumed = weights_of(train(parts, plan, out=tmp_path / "broken", resume=True).folder)
    assert all(torch.equal(tensor, whole[name]) for name, tensor in resumed.items())


def test_a_resumed_run_keeps_its_plan_and_the_plan_s_reasons(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=4)
    parts, plan = parts_of(dataset, test=1, inner=0), small_plan(dataset, steps=3)
    plan = replace(plan, why={**plan.why, "optim.lr_decoder": "set by hand"})
    with pytest.raises(KeyboardInterrupt):
        train(parts, plan, out=tmp_path / "run", on_progress=interrupt_at(2))
    train(parts, replace(plan, why={"optim.lr_decoder": "another reason"}), out=tmp_path / "run", resume=True)
    assert plan_of_run(tmp_path / "run").why["optim.lr_decoder"] == "set by hand"


def test_steps_that_were_edited_in_an_interrupted_run_are_refused_and_go_on_once_they_are_put_back(
    tmp_path: Path,
) -> None:
    dataset = disc_photos(tmp_path / "photos", count=4)
    parts, plan = parts_of(dataset, test=1, inner=0), small_plan(dataset, steps=3)
    with pytest.raises(KeyboardInterrupt):
        train(parts, plan, out=tmp_path / "run", on_progress=interrupt_at(2))
    file = tmp_path / "run" / "plan.toml"
    written = file.read_text("utf-8")
    file.write_text(written.replace("steps = 3", "steps = 300"), "utf-8")
    with pytest.raises(RunError, match=r"gives optim\.steps = 300, and the training was begun with 3: put 3 back"):
        train(parts, plan, out=tmp_path / "run", resume=True)
    file.write_bytes(b"\xef\xbb\xbf" + written.replace("\n", "\r\n").encode())  # as Notepad saves it
    assert train(parts, plan, out=tmp_path / "run", resume=True).facts.steps == 3


def test_a_run_whose_folder_is_renamed_meanwhile_leaves_a_whole_model_and_one_to_resume(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=4)
    parts, plan = parts_of(dataset, test=1, inner=0), small_plan(dataset, steps=3)

    def rename(progress: Progress) -> None:
        if progress.step == 2:
            (tmp_path / "run").rename(tmp_path / "renamed")

    first = train(parts, plan, out=tmp_path / "run", on_progress=rename)
    assert load(first.folder).classes == dataset.classes
    resumed = train(parts, plan, out=tmp_path / "renamed", resume=True)
    assert resumed.facts.model_sha256 == first.facts.model_sha256


def test_equal_seeds_give_byte_equal_models_and_another_seed_another_model(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=4)
    parts, plan = parts_of(dataset, test=1, inner=0), small_plan(dataset, steps=4)
    first, again, other = (
        train(parts, plan, out=tmp_path / name, seed=seed) for name, seed in (("first", 1), ("again", 1), ("other", 2))
    )
    bytes_of = [(run.folder / WEIGHTS_FILE).read_bytes() for run in (first, again, other)]
    assert bytes_of[0] == bytes_of[1] != bytes_of[2]
    assert first.facts.model_sha256 == again.facts.model_sha256 == hashlib.sha256(bytes_of[0]).hexdigest()


def test_the_steps_that_fit_into_the_minutes_are_written_into_the_run(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos")
    plan = small_plan(dataset, steps=0)
    plan = replace(plan, optim=replace(plan.optim, minutes=0.15))
    run = train(parts_of(dataset), plan, out=tmp_path / "run")
    assert run.facts.steps >= 20
    assert read_plan(run.folder / "plan.toml").optim.steps == run.facts.steps


def test_inner_photos_are_validated_until_they_are_trained_on(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos")
    train(parts_of(dataset), small_plan(dataset), out=tmp_path / "run")
    history = read_history(tmp_path / "run")
    validated = [row.step for row in history if row.validation_iou is not None]
    assert [row.step for row in history] == list(range(1, 13))
    assert validated == list(range(1, 10))


def test_held_out_photos_are_never_opened(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=4)
    parts = parts_of(dataset, test=1, inner=0)
    (tmp_path / "photos" / "disc00.png").unlink()
    facts = read_run_facts(train(parts, small_plan(dataset, steps=2), out=tmp_path / "run").folder)
    assert facts.test_photos == ("disc00.png",)
    assert facts.train_photos == ("disc01.png", "disc02.png", "disc03.png")


def test_a_finished_or_interrupted_run_is_not_overwritten(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=4)
    parts, plan = parts_of(dataset, test=1, inner=0), small_plan(dataset, steps=3)
    with pytest.raises(KeyboardInterrupt):
        train(parts, plan, out=tmp_path / "run", on_progress=interrupt_at(1))
    with pytest.raises(RunError, match="--resume"):
        train(parts, plan, out=tmp_path / "run")
    with pytest.raises(RunError, match="--seed 0"):
        train(parts, plan, out=tmp_path / "run", seed=5, resume=True)
    train(parts, plan, out=tmp_path / "run", resume=True)
    with pytest.raises(RunError, match="finished run"):
        train(parts, plan, out=tmp_path / "run")


def test_a_run_is_not_resumed_with_another_split(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos")
    plan = small_plan(dataset, steps=4)
    with pytest.raises(KeyboardInterrupt):
        train(parts_of(dataset), plan, out=tmp_path / "run", on_progress=interrupt_at(2))
    with pytest.raises(RunError, match="other photos, masks, classes or another division"):
        train(parts_of(dataset, test=1), plan, out=tmp_path / "run", resume=True)
    grouped = replace(dataset, facts=replace(dataset.facts, groups_by="folders"))
    with pytest.raises(
        RunError, match=r"groups by their folders are kept whole now.*choose another --out; else resume"
    ):
        train(parts_of(grouped, test=1), plan, out=tmp_path / "run", resume=True)
    run = train(parts_of(dataset), plan, out=tmp_path / "run", resume=True)
    require_same_parts(run.folder, parts_of(dataset), seed=0)
    with pytest.raises(RunError, match="other photos, seed or division"):
        require_same_parts(run.folder, parts_of(dataset), seed=1)


def test_class_weights_that_do_not_fit_the_classes_are_refused(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=4)
    plan = small_plan(dataset)
    plan = replace(plan, loss=replace(plan.loss, class_weights=(1.0, 1.0, 1.0)))
    with pytest.raises(MaskwrightError, match="3 numbers, but there are 2 classes"):
        train(parts_of(dataset), plan, out=tmp_path / "run")


def test_a_nan_loss_stops_the_run_with_the_setting_to_change(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=4)
    plan = small_plan(dataset, steps=6)
    plan = replace(plan, loss=replace(plan.loss, mix="1e39*ce"))
    with pytest.raises(MaskwrightError, match=r"--set optim\.lr_decoder"):
        train(parts_of(dataset, inner=0), plan, out=tmp_path / "run")


def test_a_run_is_not_resumed_with_other_classes_or_masks(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=4)
    plan, parts = small_plan(dataset, steps=3), parts_of(dataset, test=1, inner=0)
    other = replace(parts, train=replace(parts.train, classes=class_table(("background", "ring"))))
    fewer = replace(parts, train=replace(parts.train, keep_pixels=0.5))
    with pytest.raises(KeyboardInterrupt):
        train(parts, plan, out=tmp_path / "run", on_progress=interrupt_at(2))
    for changed in (other, fewer):
        with pytest.raises(RunError, match="other photos, masks, classes"):
            train(changed, plan, out=tmp_path / "run", resume=True)
    run = train(parts, plan, out=tmp_path / "run", resume=True)
    require_same_parts(run.folder, parts, seed=0)
    with pytest.raises(RunError, match="trained on other masks or classes"):
        require_same_parts(run.folder, other, seed=0)


def test_a_resumed_run_does_not_need_its_first_weights_again(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=4)
    plan, parts = small_plan(dataset, steps=3), parts_of(dataset, test=1, inner=0)
    first = train(parts, plan, out=tmp_path / "first")
    plan = replace(plan, net=replace(plan.net, weights=str(first.folder)))
    whole = train(parts, plan, out=tmp_path / "whole", seed=1)
    with pytest.raises(KeyboardInterrupt):
        train(parts, plan, out=tmp_path / "broken", seed=1, on_progress=interrupt_at(2))
    first.folder.rename(tmp_path / "moved")
    resumed = train(parts, plan, out=tmp_path / "broken", seed=1, resume=True)
    assert resumed.facts.weights == whole.facts.weights
    expected = weights_of(whole.folder)
    assert all(torch.equal(tensor, expected[name]) for name, tensor in weights_of(resumed.folder).items())
