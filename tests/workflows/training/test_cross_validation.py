import json
from collections.abc import Callable
from pathlib import Path

import pytest

from maskwright.datasets.splitting.split import Parts, folds
from maskwright.errors import RunError
from maskwright.evaluation.evaluate import Evaluation, Judged, evaluate
from maskwright.inference.load import load
from maskwright.planning.plan import Plan
from maskwright.runs.folder import read_run_facts
from maskwright.training.progress import Progress
from maskwright.workflows.training.cross_validation import cross_validate
from tests.support.drawn import disc_photos
from tests.support.plans import small_plan


def plan(parts: Parts) -> Plan:
    return small_plan(parts.train, steps=2)


def watched(seen: list[int]) -> Callable[[int], Callable[[Progress], None]]:
    def watch(fold: int) -> Callable[[Progress], None]:
        return lambda _: seen.append(fold)

    return watch


def crossed(parts: list[Parts], out: Path, *, seen: list[int] | None = None) -> Evaluation:
    watch = watched([] if seen is None else seen)
    return cross_validate(parts, plan, out=out, seed=0, on_fold=watch, on_photo=lambda _: None)


def test_every_photo_is_scored_once_by_the_model_that_did_not_see_it(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=4)
    parts = folds(dataset, 2, interleaved=True)
    judged: list[Judged] = []
    steps: list[int] = []
    whole = cross_validate(parts, plan, out=tmp_path / "run", seed=0, on_fold=watched(steps), on_photo=judged.append)
    assert steps == [0, 0, 1, 1]
    assert [(p.name, p.fold) for p in whole.photos] == [(f"disc0{i}.png", i % 2) for i in range(4)]
    assert sorted(j.score.name for j in judged) == [s.name for s in dataset.samples]
    for fold, one in enumerate(parts):
        folder = tmp_path / "run" / "folds" / str(fold)
        assert one.test is not None
        alone = evaluate(load(folder), one.test)
        kept = json.loads((folder / "evaluation.json").read_text())
        assert [row["counts"] for row in kept["photos"]] == [p.counts.tolist() for p in alone.photos]
        assert not set(read_run_facts(folder).train_photos) & {p.name for p in alone.photos}


def test_finished_folds_are_not_trained_again_and_unfinished_ones_are(tmp_path: Path) -> None:
    parts = folds(disc_photos(tmp_path / "photos", count=4), 2, interleaved=True)
    first = crossed(parts, tmp_path / "run")
    (tmp_path / "run" / "folds" / "1" / "run.json").unlink()
    seen: list[int] = []
    again = crossed(parts, tmp_path / "run", seen=seen)
    assert set(seen) == {1}
    assert (again.counts == first.counts).all()


def test_folds_that_held_out_other_photos_are_refused(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path / "photos", count=4)
    crossed(folds(dataset, 2, interleaved=True), tmp_path / "run")
    with pytest.raises(RunError, match="folds/0 holds a finished run with other photos, seed or division: resume with"):
        crossed(folds(dataset, 4, interleaved=True), tmp_path / "run")


def test_each_fold_is_planned_from_its_own_training_photos(tmp_path: Path) -> None:
    parts = folds(disc_photos(tmp_path / "photos", count=4), 2, interleaved=True)
    planned: list[set[str]] = []

    def planning(one: Parts) -> Plan:
        planned.append({s.name for s in one.train.samples})
        return plan(one)

    cross_validate(parts, planning, out=tmp_path / "run", seed=0, on_fold=watched([]), on_photo=lambda _: None)
    assert planned == [{"disc01.png", "disc03.png"}, {"disc00.png", "disc02.png"}]
