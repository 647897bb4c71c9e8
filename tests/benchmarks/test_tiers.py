from benchmarks.__main__ import QUICK_MINUTES, QUICK_SETS, SLOW, trials_of
from benchmarks.trials import METHODS


def test_the_default_tier_holds_every_set_and_every_method_but_the_slow_one() -> None:
    trials = trials_of("default")
    assert {trial.set_name for trial in trials} == set(QUICK_SETS)
    assert {trial.method for trial in trials} == set(METHODS) - {SLOW}
    assert {(trial.seed, trial.minutes) for trial in trials} == {(0, QUICK_MINUTES)}
    assert len({trial.key for trial in trials}) == len(trials)


def test_folds_and_minutes_can_be_asked_for() -> None:
    trials = trials_of("default", sets=["isbi_membrane"], methods=["constant"], folds=[1, 3], minutes=5.0)
    assert [trial.key for trial in trials] == [f"isbi_membrane-fold{fold}-constant-seed0-5min" for fold in (1, 3)]
