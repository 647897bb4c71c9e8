"""What a person types first, without having read anything."""

import json
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from maskwright.cli.parser import JOURNEY, parser
from maskwright.planning.setting_list import setting_list
from maskwright.planning.settings import SECTIONS
from tests.support.commands import FAST, call, in_own_process, refusal
from tests.support.drawn import disc_photos, mask_folder, via_csv

LIGHT = "import sys; from maskwright.cli.main import main; code = main(sys.argv[1:]); "
NOTHING_HEAVY = "assert not {'torch', 'cv2', 'numpy', 'pydantic'} & set(sys.modules); sys.exit(code)"
FIRST_LINE = """
import builtins, os, sys
from maskwright.cli.main import main

def leave(*words, **_):
    heavy = {'torch', 'cv2', 'scipy', 'pandas'} & set(sys.modules)
    os.write(1, f'{words[0]} {sorted(heavy)}'.encode())
    os._exit(0)

builtins.print = leave
main(sys.argv[1:])
"""
NO_TORCH = "assert 'torch' not in sys.modules; sys.exit(code)"


def test_maskwright_alone_shows_every_verb_with_an_example_that_parses(capsys: pytest.CaptureFixture[str]) -> None:
    assert call() == 2
    out = capsys.readouterr().out
    for _, modules in JOURNEY:
        for module in modules:
            assert f"  {module.NAME:10} " in out
            assert module.EXAMPLE in out
    assert call("help") == 0
    assert capsys.readouterr().out == out


def test_examples_are_commands_that_exist() -> None:
    for _, modules in JOURNEY:
        for module in modules:
            words = module.EXAMPLE.removeprefix('eval "$(').removesuffix(')"').replace("'", "").split()
            assert words[:2] == ["maskwright", module.NAME]
    assert parser().parse_args(["train", "photos/", "--minutes", "10"]).verb == "train"


def test_help_explains_a_verb_and_suggests_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("help", "train") == 0
    assert "--minutes M" in capsys.readouterr().out
    assert "did you mean train?" in refusal(capsys, "help", "trian")
    assert call("-V") == 0
    assert capsys.readouterr().out.startswith("maskwright ")


@pytest.mark.parametrize(
    "words",
    [
        ("train", "nosuch"),
        ("check", "nosuch"),
        ("plan", "nosuch"),
        ("compare", "nosuch", "--arm", "a: loss=ce"),
        ("evaluate", "nosuch", "nosuch"),
        ("predict", "nosuch", "nosuch"),
        ("report", "nosuch"),
        ("diagnose", "nosuch"),
        ("diagnose", "--truth", "nosuch", "--pred", "nosuch"),
    ],
)
def test_a_path_that_does_not_exist_is_refused_before_anything_heavy_is_imported(words: tuple[str, ...]) -> None:
    done = in_own_process(LIGHT + NOTHING_HEAVY, *words)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("maskwright: nosuch ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("verb", ["check", "plan", "train", "compare"])
def test_work_says_its_first_line_before_anything_heavy_is_imported(tmp_path: Path, discs: Path, verb: str) -> None:
    out = [] if verb in ("check", "plan") else ["--out", tmp_path / "out"]
    recipe = ["--recipe", "documents/flat-iou"] if verb == "compare" else []
    assert in_own_process(FIRST_LINE, verb, discs, *out, *recipe).stdout == f"reading {discs} []"


@pytest.mark.parametrize(("words", "told"), [(("--set", "optim.batch=1"), "optim.batch"), (("--only", "cat"), "cat")])
def test_a_wrong_setting_or_class_is_refused_before_torch_is_imported(
    tmp_path: Path, discs: Path, words: tuple[str, str], told: str
) -> None:
    done = in_own_process(LIGHT + NO_TORCH, "train", discs, "--out", tmp_path / "run", *words)
    assert done.returncode == 2, done.stderr
    assert told in done.stderr
    assert not (tmp_path / "run").exists()


def test_without_out_a_run_gets_a_folder_of_its_own_and_resume_finds_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    via_csv(disc_photos(tmp_path / "discs", count=4))
    monkeypatch.chdir(tmp_path)
    assert "there is no run to continue" in refusal(capsys, "train", "discs", "--resume", *FAST)
    for number in (1, 2):
        assert call("train", "discs", *FAST) == 0
        assert (tmp_path / "runs" / f"discs-{number}" / "run.json").exists()
    assert call("train", "discs", "--resume", *FAST) == 0
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["discs-1", "discs-2"]
    assert call("predict", "runs/discs-1", "discs") == 0
    assert (tmp_path / "runs" / "discs-predictions-1" / "masks").is_dir()


def test_all_photos_can_be_trained_on(tmp_path: Path, discs: Path) -> None:
    assert call("train", discs, "--out", tmp_path / "run", "--set", "split.test=0", *FAST) == 0
    facts = json.loads((tmp_path / "run" / "run.json").read_text())
    assert len(facts["train_photos"]) == 6
    assert any("test=0 was asked for" in reason for reason in facts["split_reasons"])


def test_quiet_prints_results_only(tmp_path: Path, discs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("train", discs, "--out", tmp_path / "run", "-q", *FAST) == 0
    out = capsys.readouterr().out
    assert "about" not in out
    assert "/3  " not in out
    assert f"report: {tmp_path / 'run' / 'report.html'}" in out
    assert call("check", discs, "--quiet") == 0
    assert capsys.readouterr().out == "6 photos, classes: background, disc\n"


def test_a_sheet_among_the_photos_would_count_as_a_photo(discs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "would count as one" in refusal(capsys, "check", discs, "--sheet", discs / "sheet.png")


def test_settings_lists_every_key_with_its_range_and_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    rows = {row.key: row for row in setting_list()}
    assert len(rows) == sum(len(fields(kind)) for kind in SECTIONS.values())
    assert all(bool(row.kind) and row.meaning.endswith((".", "=...")) for row in rows.values())
    assert rows["optim.batch"].kind == "whole number from 2 to 512"
    assert rows["split.folds"].default == "blocks"
    assert call("settings", "optim.lr") == 0
    out = capsys.readouterr().out
    assert out.startswith("optim.lr_encoder           number above 0 to 1\n")
    assert "no key contains zebra" in refusal(capsys, "settings", "zebra")


def test_settings_give_value_and_reason_for_the_photos_at_hand(discs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("settings", "scale.crop", "--data", discs) == 0
    assert "    here: 320 - 320: on a CPU" in capsys.readouterr().out


def test_bash_completes_verbs_and_flags(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def completed(*words: str) -> set[str]:
        line = f'COMP_WORDS=({" ".join(words)}); COMP_CWORD={len(words) - 1}; _maskwright; echo "${{COMPREPLY[@]}}"'
        script = f"{(tmp_path / 'completion').read_text()}\n{line}"
        return set(subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout.split())

    assert call("completion", "bash") == 0
    (tmp_path / "completion").write_text(capsys.readouterr().out)
    assert completed("maskwright", "tr") == {"train"}
    assert completed("maskwright", "train", "--mi") == {"--minutes"}
    assert "coils" in completed("maskwright", "draw", "co")
    for shell in ("zsh", "fish"):
        assert call("completion", shell) == 0
        assert "train" in capsys.readouterr().out


def test_old_words_are_accepted_with_a_note(discs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("check", discs, "--set", "split.folds=dealt") == 0
    line = capsys.readouterr().err
    assert line.startswith("maskwright: note: --set split.folds=dealt is called split.folds=interleaved now")
    assert line.count("\n") == 1


def test_a_run_and_predictions_among_the_photos_are_not_counted_as_photos(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = mask_folder(disc_photos(tmp_path / "drawn", count=4), tmp_path / "data")
    assert call("train", data, "--out", data / "run", *FAST) == 0
    assert call("predict", data / "run", data / "images", "--out", data / "predictions") == 0
    capsys.readouterr()
    assert call("check", data) == 0
    assert "4 photos, classes" in capsys.readouterr().out
    assert call("predict", data / "run", data, "--out", tmp_path / "out") == 0
    assert "4 photos are predicted and 4 masks left out" in capsys.readouterr().out
    assert [path.parent.name for path in (tmp_path / "out" / "overlays").rglob("*.jpg")] == ["images"] * 4
