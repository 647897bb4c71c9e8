from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from maskwright.classes import class_table
from maskwright.datasets.label_bits import LabelBits
from maskwright.evaluation.evaluate import Evaluation, PhotoScore
from maskwright.workflows.compare.arm_rows import arm_rows
from maskwright.workflows.compare.commands import ArmsRequest, longer_command, seeds_command
from maskwright.workflows.compare.comparison import Comparison
from maskwright.workflows.compare.plots import difference_svg
from maskwright.workflows.compare.recipe import Arm, Recipe
from maskwright.workflows.compare.trial import TrialResult
from maskwright.workflows.compare.verdict import CompareVerdict, arm_faults, compare_verdict

TABLE = class_table(("background", "coil"))


def photo(name: str, hits: int, *, false: int = 0) -> PhotoScore:
    """Return a photo of 1000 pixels with 100 of a coil, of which `hits` are found, and `false` false ones."""
    return PhotoScore(name, np.array([[900 - false, false], [100 - hits, hits]], dtype=np.int64))


def compared(hits: dict[str, list[int]], *, seeds: int = 2, steps: int = 300, false: int = 0) -> Comparison:
    """Return the comparison of arms that find so many of 100 pixels on each photo."""
    recipe = Recipe("r", "R", tuple(Arm(name, set=(f"loss={name}",)) for name in hits))
    trials = []
    for arm, found in hits.items():
        photos = tuple(photo(f"p{i}", h, false=false) for i, h in enumerate(found))
        evaluation = Evaluation(TABLE, photos)
        trials += [TrialResult(arm, s, 0, evaluation, minutes=1, steps=steps, parameters=1) for s in range(seeds)]
    rows = arm_rows(recipe, {name: (f"loss={name}",) for name in hits}, trials)
    bits = LabelBits((("p0", 1.0),), 1.0, 1.0)
    return Comparison(recipe, "d", "12 photos", tuple(range(seeds)), "m", tuple(rows), (), bits, folder="my photos")


def judged(hits: dict[str, list[int]], *, seeds: int = 2, steps: int = 300, false: int = 0) -> CompareVerdict:
    return compare_verdict(compared(hits, seeds=seeds, steps=steps, false=false))


def test_a_clear_difference_names_the_winner_and_its_training() -> None:
    verdict = judged({"ce": [80, 82, 84] * 4, "dice": [70, 71, 75] * 4})
    assert verdict.title == "'ce' beats 'dice' by 0.10"
    assert verdict.clear
    assert (verdict.trust, verdict.trusted) == ("", "Yes")
    assert verdict.trust_statement == "The difference is more than chance in the choice of photos"
    assert verdict.sentence.startswith("'ce' reaches 0.820 (good), 'dice' 0.720 (fair). The difference to 'dice' is")
    assert verdict.command == "maskwright train 'my photos' --set loss=ce"


def test_a_winner_after_one_seed_is_ahead_so_far() -> None:
    verdict = judged({"ce": [80, 82, 84] * 4, "dice": [70, 71, 75] * 4}, seeds=1)
    assert verdict.title == "'ce' beats 'dice' by 0.10, so far"
    assert "one seed" in verdict.trust
    assert "chance" not in verdict.sentence
    assert verdict.trusted == "Partly"
    assert verdict.trust_statement.startswith(
        "The choice of photos alone does not explain the difference, but one seed"
    )


def test_a_difference_within_chance_has_no_winner_and_asks_for_seeds() -> None:
    verdict = judged({"ce": [80, 60, 84] * 4, "dice": [60, 80, 85] * 4})
    assert verdict.title.startswith("No clear winner: 'dice' 0.75, 'ce' 0.75")
    assert not verdict.clear
    assert verdict.sentence.endswith(": this may be chance")
    assert (verdict.trusted, verdict.trust_statement) == ("No", "The difference may be chance")
    assert "--seeds 3 --resume" in verdict.advice
    assert verdict.command == ""


def test_a_collapsed_arm_is_named() -> None:
    verdict = judged({"ce": [0] * 12, "dice": [70] * 12})
    assert verdict.title == "'dice' beats 'ce' by 0.70"
    assert "'ce' collapsed: it predicts no object pixel on any photo" in verdict.sentence


def test_an_arm_that_paints_everywhere_floods() -> None:
    rows = compared({"ce": [100] * 3}, false=300).rows
    assert arm_faults(rows[0]) == ("floods: it predicts 4.0 times the object pixels that there are",)


def test_one_seed_few_photos_and_few_steps_are_doubts_and_time_comes_first() -> None:
    verdict = judged({"ce": [80, 82], "dice": [70, 71]}, seeds=1, steps=20)
    for words in ("one seed", "only 2 photos with an object", "only 20 steps"):
        assert words in verdict.trust
    assert "--minutes 10" in verdict.advice


def test_a_failed_arm_is_named_and_no_score_at_all_has_no_winner() -> None:
    comparison = compared({"ce": [], "dice": []})
    failed = replace(comparison, rows=tuple(replace(row, failed="it diverged") for row in comparison.rows))
    verdict = compare_verdict(failed)
    assert verdict.title == "No arm has a score"
    assert verdict.best is None
    assert "'ce' failed: it diverged" in verdict.sentence


@pytest.mark.parametrize(("value", "kind"), [(0.1, "better"), (-0.1, "worse")])
def test_a_bar_of_a_difference_has_its_length_and_side(value: float, kind: str) -> None:
    row = compared({"ce": [50] * 12, "dice": [50] * 12}).rows[1]
    assert row.difference is not None
    svg = difference_svg(replace(row.difference, value=value, low=value - 0.01, high=value + 0.01), 0.2)
    assert f'class="diff {kind}"' in svg
    assert 'width="52.0"' in svg
    assert ">+0.2<" in svg


def request(**changes: object) -> ArmsRequest:
    first = ArmsRequest(Path("my photos"), Path("runs/p-compare-1"), ("--arm", "plain: loss=ce"))
    return replace(first, **changes)  # type: ignore[arg-type]


def test_the_command_for_longer_trainings_keeps_the_arms_and_leaves_out_the_steps(tmp_path: Path) -> None:
    rows = compared({"ce": [80, 82], "dice": [70, 71]}, steps=20).rows
    words = request(sets=("optim.steps=12", "optim.batch=2"), seeds=2, minutes=0.5)
    command = longer_command(words, rows)
    assert command == (
        "maskwright compare 'my photos' --arm 'plain: loss=ce' --set optim.batch=2 --minutes 10 --seeds 2 "
        "--out runs/p-compare-2"
    )
    (tmp_path / "cmp-2").mkdir()
    assert longer_command(replace(words, out=tmp_path / "cmp"), rows).endswith("cmp-3")


def test_the_command_for_more_seeds_goes_on_in_the_same_folder() -> None:
    command = seeds_command(request(sets=("optim.steps=12",), minutes=0.5), 3)
    assert command == (
        "maskwright compare 'my photos' --arm 'plain: loss=ce' --set optim.steps=12 --minutes 0.5 --seeds 3 "
        "--out runs/p-compare-1 --resume"
    )
    assert seeds_command(request(arms=()), 3) == ""


def test_commands_that_are_known_are_advised() -> None:
    short = replace(compared({"ce": [80] * 12, "dice": [70] * 12}, steps=20), longer="again", more_seeds="seeds")
    assert compare_verdict(short).command == "again"
    once = replace(compared({"ce": [80] * 12, "dice": [70] * 12}, seeds=1), longer="again", more_seeds="seeds")
    assert compare_verdict(once).command == "seeds"


@pytest.mark.parametrize(("hits", "quality"), [(92, "good"), (60, "fair"), (20, "poor")])
def test_an_arm_is_rated_as_one_model_is(hits: int, quality: str) -> None:
    assert compared({"ce": [hits] * 3}).rows[0].quality == quality


def test_without_a_score_nothing_is_trusted() -> None:
    verdict = compare_verdict(replace(compared({"ce": [], "dice": []})))
    assert (verdict.trusted, verdict.trust_statement) == ("No", "There are no two scores to compare")
