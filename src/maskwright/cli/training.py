"""The verbs that train: train, compare, demo."""

import argparse

from maskwright.cli.console import print_result, screen
from maskwright.cli.options import with_net
from maskwright.errors import ConfigError


def train(options: argparse.Namespace) -> int:
    """Train, judge, report."""
    from maskwright.planning.plan_file import require_net
    from maskwright.planning.settings import read_settings
    from maskwright.runs.request import asked_before

    settings = read_settings(with_net(options))
    if not (options.resume and asked_before(options.out)):  # what was asked for at first counts then
        require_net(settings.plan_file, settings.plan)
    from maskwright.workflows.train import Job, run_job

    job = Job(
        data=options.data,
        out=options.out,
        settings=settings,
        minutes=options.minutes,
        seed=options.seed,
        folds=options.folds,
        only=options.only,
        resume=options.resume,
    )
    result = run_job(job, screen())
    print_result(result)
    return 0


def compare(options: argparse.Namespace) -> int:
    """Train several ways and say which is better."""
    from maskwright.workflows.compare.recipe import find_recipe, recipe_of_flags

    if bool(options.recipe) == bool(options.arms):
        raise ConfigError(
            "give either --recipe NAME or arms by hand, as in --arm 'plain: loss=ce' --arm 'dice: loss=dice'"
        )
    recipe = find_recipe(options.recipe) if options.recipe else recipe_of_flags(tuple(options.arms))
    from maskwright.workflows.compare.compare import CompareJob, run_comparison
    from maskwright.workflows.compare.table import table_cells

    job = CompareJob(
        data=options.data,
        out=options.out,
        recipe=recipe,
        sets=tuple(options.sets),
        minutes=options.minutes,
        seeds=options.seeds,
        folds=options.folds,
        resume=options.resume,
    )
    comparison = run_comparison(job, screen())
    for row in comparison.rows:
        name, iou, interval, _, difference, against, pixels, *_ = table_cells(comparison, row)
        paired = f"  {difference} against {against}" if difference else ""
        print(f"{name}: mean IoU {iou} ({interval}){paired}; object pixels {pixels}")
        if row.failed:
            print(f"  failed: {row.failed}")
    print(f"table: {options.out / 'table.md'}, {options.out / 'compare.json'}")
    print(f"page:  {options.out / 'compare.html'}")
    return int(any(row.failed for row in comparison.rows))


def demo(options: argparse.Namespace) -> int:
    """Draw puzzle photos and do the whole job on them."""
    from maskwright.inference.files import photos_to_do, predict_files
    from maskwright.inference.load import load
    from maskwright.planning.settings import read_settings
    from maskwright.synthetic.puzzle_photos import draw_puzzle_photos
    from maskwright.workflows.train import Job, run_job

    photos, run = options.out / "photos", options.out / "run"
    if run.exists():
        raise ConfigError(f"{run} exists already: remove it, or choose another --out")
    print(f"drawing 40 photos of newspaper puzzles into {photos}")
    draw_puzzle_photos(photos, seed=options.seed)
    settings = read_settings(["split.test=0.25"])
    result = run_job(Job(photos, run, settings, minutes=options.minutes, seed=options.seed), screen())
    assert result.evaluation.held_out
    held_out = [photos / photo.name for photo in result.evaluation.photos]
    predicted = predict_files(load(run), photos_to_do(held_out, out=options.out), options.out / "predictions")
    print(f"{predicted.done} held-out photos predicted: {options.out / 'predictions'}")
    print_result(result)
    return 0
