from pathlib import Path

from maskwright.output_file_names import OUTPUT_FILES, is_output


def test_runs_and_predictions_are_outputs_and_a_plan_beside_photos_is_not(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text("")
    assert not is_output(tmp_path)
    (tmp_path / "run.json").write_text("{}")
    assert is_output(tmp_path)
    (tmp_path / "out" / "overlays").mkdir(parents=True)
    assert not is_output(tmp_path / "out")
    (tmp_path / "out" / "regions.via.json").write_text("{}")
    assert is_output(tmp_path / "out")


def test_no_file_that_a_run_leaves_is_missing_from_the_list(disc_run: Path) -> None:
    left = {path.name for path in disc_run.iterdir() if path.suffix in (".json", ".csv", ".toml", ".txt")}
    assert left <= set(OUTPUT_FILES)
