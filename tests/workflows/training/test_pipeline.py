import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.datasets.opening import open_dataset
from maskwright.datasets.splitting.split import split
from maskwright.errors import ConfigError, DataError, RunError
from maskwright.evaluation.evaluate import Evaluation
from maskwright.findings.finding import Finding
from maskwright.planning.plan_file import plan_of_run, write_plan
from maskwright.planning.settings import read_settings
from maskwright.runs.folder import read_findings, read_run_facts
from maskwright.training.progress import Progress
from maskwright.workflows.open_and_check import open_data
from maskwright.workflows.progress.screen import Screen
from maskwright.workflows.run_evaluation import evaluate_model, load_model
from maskwright.workflows.training.job import run_job
from maskwright.workflows.training.prepare import Job, plan_for, shipped_parts
from tests.support.commands import SMALL
from tests.support.drawn import disc_photos, mask_folder, via_csv
from tests.support.plans import CPU

NONE = read_settings(())


def job(data: Path, out: Path, *settings: str) -> Job:
    return Job(data, out, read_settings(settings))


def silent() -> Screen:
    return Screen(lambda _: None, lambda _: lambda _: None)


def judged(
    run: Path, data: Path, *, only: str | None = None, screen: Screen | None = None
) -> tuple[Evaluation, list[Finding]]:
    shown = screen or silent()
    return evaluate_model(load_model(run, shown), data, NONE, only=only, screen=shown)


def ignore(_: str) -> None:
    """Tell nobody."""


def test_rules_come_before_plan_toml_and_plan_toml_before_set(discs: Path, tmp_path: Path) -> None:
    parts = split(open_dataset(discs))
    ruled = plan_for(job(discs, tmp_path), parts, CPU)
    file = tmp_path / "plan.toml"
    write_plan(replace(ruled, optim=replace(ruled.optim, batch=6, steps=50, lr_encoder=1e-5)), file)
    filed = plan_for(job(discs, tmp_path, f"plan={file}", "optim.batch=8"), parts, CPU)
    assert ruled.optim.batch == 4
    assert (filed.optim.batch, filed.optim.steps, filed.optim.lr_encoder) == (8, 50, 1e-5)
    assert filed.why["optim.batch"] == "set by hand"
    assert filed.why["optim.lr_encoder"] == "from plan.toml"


def test_minutes_asked_for_replace_the_steps_of_a_plan(discs: Path, tmp_path: Path) -> None:
    parts = split(open_dataset(discs))
    ruled = plan_for(job(discs, tmp_path), parts, CPU)
    write_plan(replace(ruled, optim=replace(ruled.optim, steps=50)), tmp_path / "plan.toml")
    asked = replace(job(discs, tmp_path, f"plan={tmp_path / 'plan.toml'}"), minutes=3.0)
    optim = plan_for(asked, parts, CPU).optim
    assert (optim.steps, optim.minutes) == (0, 3.0)
    assert plan_for(replace(job(discs, tmp_path), minutes=3.0), parts, CPU).optim.minutes == 3.0


def test_with_folds_the_shipped_model_learns_from_all_photos_unless_a_test_share_is_set(
    discs: Path, tmp_path: Path
) -> None:
    dataset = open_dataset(discs)
    folded = shipped_parts(replace(job(discs, tmp_path), folds=3), dataset)
    assert folded.test is None
    assert "the score comes from 3 folds" in folded.why[0]
    both = shipped_parts(replace(job(discs, tmp_path, "split.test=0.34"), folds=3), dataset)
    assert both.test is not None
    assert len(both.test) == 2
    assert shipped_parts(job(discs, tmp_path), dataset).test is None


def test_dividing_and_planning_count_their_photos(discs: Path, tmp_path: Path) -> None:
    counted = Counter[str]()
    dataset = open_dataset(discs)
    screen = Screen(ignore, lambda _: lambda _: None, lambda name, _: lambda *_: counted.update([name]))
    parts = shipped_parts(job(discs, tmp_path), dataset, screen=screen)
    plan_for(job(discs, tmp_path), parts, CPU, screen=screen)
    assert counted == {"dividing": len(dataset), "planning": len(parts.train)}


def test_with_folds_only_what_is_learnt_from_is_thinned(discs: Path, tmp_path: Path) -> None:
    asked = job(discs, tmp_path / "run", *SMALL, "data.photos=3", "data.keep_pixels=0.5")
    result = run_job(replace(asked, folds=3), silent())
    pixels = {int(photo.counts.sum()) for photo in result.evaluation.photos}
    assert pixels == {discs_px(discs)}  # every pixel of the held-out photos was judged
    for fold in range(3):
        assert len(read_run_facts(result.out / "folds" / str(fold)).train_photos) == 3


def discs_px(discs: Path) -> int:
    size_hw = open_dataset(discs).samples[0].size_hw
    assert size_hw is not None
    return size_hw[0] * size_hw[1]


def test_a_given_test_part_is_never_learnt_from(tmp_path: Path) -> None:
    for part, seed, count in (("train", 0, 4), ("test", 1, 2)):
        dataset = disc_photos(tmp_path / "drawn" / part, count=count, seed=seed)
        mask_folder(dataset, tmp_path / "data" / part)
    result = run_job(job(tmp_path / "data", tmp_path / "run", *SMALL), silent())
    assert result.evaluation.held_out
    assert [photo.name.split("/")[0] for photo in result.evaluation.photos] == ["test", "test"]
    facts = json.loads((result.out / "run.json").read_text())
    assert {name.split("/")[0] for name in facts["train_photos"]} == {"train"}


def test_photos_with_an_error_are_left_out_and_the_rest_is_trained_on(tmp_path: Path) -> None:
    via_csv(disc_photos(tmp_path / "in", count=4))
    (tmp_path / "in" / "disc01.png").write_text("no photo")
    told: list[str] = []
    result = run_job(job(tmp_path / "in", tmp_path / "run", *SMALL), Screen(told.append, lambda _: lambda _: None))
    assert told[0].startswith("read as VIA csv")
    assert "photo-unreadable" in told[1]  # before the training
    assert told[2] == "3 annotated photos, classes: background, disc"
    assert [photo.name for photo in result.evaluation.photos] == ["disc00.png", "disc02.png", "disc03.png"]
    assert not result.evaluation.held_out
    codes = [finding.code for finding in result.findings]
    assert codes[0] == "photo-unreadable"
    assert {"weights-random", "score-none"} <= set(codes)
    assert read_findings(result.out) == list(result.findings)
    assert result.report.exists()


def test_a_photo_that_goes_during_the_training_costs_no_model_and_resume_evaluates_it(tmp_path: Path) -> None:
    data, gone = via_csv(disc_photos(tmp_path / "in", count=4)).parent, tmp_path / "gone.png"

    def lose(_: Progress) -> None:
        if not gone.exists():
            shutil.move(tmp_path / "in" / "disc01.png", gone)

    with pytest.raises(DataError, match=r"disc01\.png is not there.*the model is trained and kept in .*--resume"):
        run_job(job(data, tmp_path / "run", *SMALL), Screen(ignore, lambda _: lose))
    shutil.move(gone, tmp_path / "in" / "disc01.png")
    result = run_job(replace(job(data, tmp_path / "run", *SMALL), resume=True), silent())
    assert len(result.evaluation.photos) == 4


def test_one_class_can_be_isolated_and_the_model_asks_for_the_same(tmp_path: Path, discs: Path) -> None:
    run = run_job(replace(job(discs, tmp_path / "run", *SMALL), only="disc"), silent()).out
    evaluation, _ = judged(run, discs, only="disc")
    assert evaluation.classes.names == ("background", "disc")
    with pytest.raises(DataError, match="no class 'cat'"):
        judged(run, discs, only="cat")


def test_the_run_of_another_job_is_not_mixed_into(discs: Path, tmp_path: Path) -> None:
    (tmp_path / "checkpoint.pt").write_text("")
    with pytest.raises(RunError, match="interrupted run: go on with --resume"):
        run_job(job(discs, tmp_path), silent())
    (tmp_path / "checkpoint.pt").unlink()
    (tmp_path / "folds").mkdir()
    with pytest.raises(RunError, match="interrupted run"):
        run_job(job(discs, tmp_path), silent())
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(RunError, match="finished run"):
        run_job(job(discs, tmp_path), silent())


def test_photos_that_were_learnt_from_are_known_again_elsewhere(tmp_path: Path, disc_run: Path, discs: Path) -> None:
    shutil.copytree(discs, tmp_path / "copy")
    told: list[str] = []
    evaluation, _ = judged(disc_run, tmp_path / "copy", screen=Screen(told.append, lambda _: lambda _: None))
    assert evaluation.held_out
    assert [photo.name for photo in evaluation.photos] == list(read_run_facts(disc_run).test_photos)
    assert told[-1] == "4 training photos of the model are left out"


def test_photos_that_lack_a_class_of_the_model_are_judged_by_its_class_ids(tmp_path: Path) -> None:
    drawn = disc_photos(tmp_path / "drawn", count=4)
    three = mask_folder(drawn, tmp_path / "three")
    (three / "classes.csv").write_text("id,name\n0,background\n1,square\n2,disc\n")
    for path in (three / "masks").iterdir():
        with Image.open(path) as image:
            Image.fromarray(2 * np.array(image)).save(path)
    run = run_job(job(three, tmp_path / "run", *SMALL), silent()).out
    via_csv(drawn)
    evaluation, _ = judged(run, drawn.root)
    same, _ = judged(run, shutil.copytree(three, tmp_path / "copy"))
    assert evaluation.classes.names == ("background", "square", "disc")
    assert (evaluation.counts.sum(axis=1) == same.counts.sum(axis=1)).all()
    isolated, _ = judged(run, three, only="disc")
    assert isolated.counts.shape == (3, 3)
    assert isolated.counts[1].sum() == 0


def test_settings_of_the_data_reach_the_reader(tmp_path: Path) -> None:
    data = mask_folder(disc_photos(tmp_path / "drawn", count=2), tmp_path / "data")
    ignored = open_data(data, read_settings(["data.ignore=1"]), only=None)
    assert set(ignored.mask(ignored.samples[0]).ravel()) == {0, 255}
    with pytest.raises(ConfigError, match=r"data\.ignore"):
        read_settings(["data.ignore=-1"])


def test_folds_that_are_resumed_are_trained_as_they_were_begun(discs: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    write_plan(plan_for(job(discs, tmp_path, *SMALL), split(open_dataset(discs)), CPU), plan)
    asked = replace(job(discs, tmp_path / "run", f"plan={plan}", "loss=dice"), folds=2)

    def interrupted(name: str) -> Callable[[Progress], None]:
        if name == "fold 2 of 2":
            raise KeyboardInterrupt
        return lambda _: None

    with pytest.raises(KeyboardInterrupt):
        run_job(asked, Screen(ignore, interrupted))
    plan.unlink()
    told: list[str] = []
    again = replace(job(discs, tmp_path / "run", "loss=focal"), folds=2, minutes=60.0, resume=True)
    run = run_job(again, Screen(told.append, lambda _: lambda _: None)).out
    plans = [plan_of_run(folder) for folder in (run, run / "folds" / "0", run / "folds" / "1")]
    assert [(p.loss.mix, p.optim.steps, p.scale.crop_px) for p in plans] == [("dice", 3, 64)] * 3
    assert sum("continuing as begun" in line for line in told) == 1


def test_what_a_network_could_not_start_from_is_the_evidence(
    discs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "cache"))
    words = ("net=fcn32s-vgg11-headless", *(w for w in SMALL if not w.startswith("net.")))
    found = run_job(job(discs, tmp_path / "run", *words), silent()).findings
    (random,) = (finding for finding in found if finding.code == "weights-random")
    assert "does not answer" in random.evidence


def test_the_same_command_again_says_nothing_and_another_says_that_its_plan_is_ignored(
    discs: Path, tmp_path: Path
) -> None:
    plan = tmp_path / "plan.toml"
    write_plan(plan_for(job(discs, tmp_path, *SMALL), split(open_dataset(discs)), CPU), plan)
    asked = replace(job(discs, tmp_path / "run", f"plan={plan}", "loss=dice"), resume=True)
    told: list[str] = []
    screen = Screen(told.append, lambda _: lambda _: None)
    run_job(asked, screen)
    run_job(asked, screen)
    run_job(replace(job(discs, tmp_path / "run"), resume=True), screen)
    assert not any("continuing as begun" in line for line in told)
    run_job(replace(job(discs, tmp_path / "run", "loss=focal"), resume=True), screen)
    assert any("continuing as begun" in line for line in told)


def test_a_run_without_a_step_binds_nobody_and_a_damaged_request_is_refused(discs: Path, tmp_path: Path) -> None:
    def interrupted(_: str) -> Callable[[Progress], None]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_job(job(discs, tmp_path / "run", *SMALL, "optim.steps=2"), Screen(ignore, interrupted))
    assert (tmp_path / "run" / "asked.json").exists()
    run = run_job(replace(job(discs, tmp_path / "run", *SMALL), resume=True), silent()).out
    assert plan_of_run(run).optim.steps == 3
    (run / "asked.json").write_text("{}")
    with pytest.raises(RunError, match=r"asked.json is damaged"):
        run_job(replace(job(discs, tmp_path / "run", *SMALL), resume=True), silent())


def test_copies_that_given_groups_tear_apart_are_told(tmp_path: Path) -> None:
    data = via_csv(disc_photos(tmp_path / "in", count=4))
    shutil.copy(tmp_path / "in" / "disc00.png", tmp_path / "in" / "disc03.png")
    (tmp_path / "groups.csv").write_text("photo,group\n" + "".join(f"disc0{i}.png,{i}\n" for i in range(4)))
    asked = job(tmp_path / "in", tmp_path / "run", *SMALL, f"split.groups={tmp_path / 'groups.csv'}", "check=false")
    found = run_job(replace(asked, folds=2), silent()).findings
    (leak,) = (finding for finding in found if finding.code == "split-leak")
    assert set(leak.photos) == {"disc00.png", "disc03.png"}
    assert leak.fix == "Put copies of one photo into one group of the csv."
    assert data


def test_classes_that_were_numbered_by_other_colours_are_refused(tmp_path: Path) -> None:
    def coloured(folder: Path, *colours: tuple[int, int, int]) -> Path:
        for index in range(3):
            photo, mask = np.full((64, 64, 3), 90, dtype=np.uint8), np.zeros((64, 64, 3), dtype=np.uint8)
            for place, colour in enumerate(colours):
                mask[8 + 16 * place : 20 + 16 * place, 8 + index : 40] = colour
                photo[8 + 16 * place : 20 + 16 * place, 8 + index : 40] = colour
            for part, picture in (("images", photo), ("masks", mask)):
                (folder / part).mkdir(parents=True, exist_ok=True)
                Image.fromarray(picture).save(folder / part / f"{index}.png")
        return folder

    red, green, blue = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    run = run_job(
        job(coloured(tmp_path / "three", red, green, blue), tmp_path / "run", *SMALL, "check=false"), silent()
    ).out
    assert judged(run, coloured(tmp_path / "again", blue, green))
    with pytest.raises(DataError, match=r"'class 1' is the colour \(0, 255, 0\) here and was \(0, 0, 255\)"):
        judged(run, coloured(tmp_path / "two", red, green))
