"""The part of predict that takes long lists of photos, --shard of them and --on a cluster."""

import argparse
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from maskwright.cli.console import announce, load_torch, print_findings
from maskwright.cli.paths import require_photos
from maskwright.cli.runtimes import loaded
from maskwright.errors import ConfigError, MaskwrightError
from maskwright.output_file_names import PREDICTION_FILE
from maskwright.runs.naming import free_folder, name_of
from maskwright.wording import count_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from maskwright.classes import ClassTable
    from maskwright.inference.sources.manifest import Shard
    from maskwright.remote_storage import Storage
    from maskwright.workflows.photo_lists.listed_photos import ListedPhotos
    from maskwright.workflows.photo_lists.predict_list import ListResult

SHARD_HELP = "do part I of N of the photos, into the same DIR for all parts; the same command again does what is left"
MANIFESTS = (".txt", ".csv", ".tsv", ".parquet")
"""As in inference.sources.manifest, whose package is not imported for --help."""
LOCKS = "parts/locks"
MOST_LISTED = 10
EVERY_S = 5.0


def add_list_flags(parser: argparse.ArgumentParser) -> None:
    """Add --shard."""
    parser.add_argument("--shard", metavar="I/N", help=SHARD_HELP)


def is_list(options: argparse.Namespace) -> bool:
    """True for a manifest or a URL, one part of the photos, or an output that such a command began."""
    names = [*options.photos, str(options.out or "")]
    begun = options.out is not None and (Path(options.out) / PREDICTION_FILE).is_file()
    return (
        options.shard is not None
        or options.on is not None
        or begun
        or any(is_manifest_name(name) or "://" in name for name in names)
    )


def is_manifest_name(name: str) -> bool:
    """True for a file that lists photos, by its ending."""
    return Path(name).suffix.lower() in MANIFESTS and not Path(name).is_dir()


def run_list(options: argparse.Namespace) -> int:
    """Predict the photos of a list that are not done, all or one part; return 1 if some could not be read."""
    from maskwright.inference.sources.manifest import shard_of
    from maskwright.remote_storage import Storage

    shard = None if options.shard is None else shard_of(options.shard)
    if shard is not None and options.out is None:
        raise ConfigError("--shard needs --out DIR, the same for all parts")
    require_photos([name for name in options.photos if "://" not in name and not is_manifest_name(name)])
    out = options.out or free_folder(f"{name_of(Path(options.photos[0]))}-predictions")
    storage = Storage(str(out))
    if options.regions and storage.folder is None:
        raise ConfigError("--regions needs a folder of this machine as --out")
    announce(f"reading the list of photos into {out}", quiet=options.quiet)
    from maskwright.workflows.photo_lists.listed_photos import listed_photos

    listed = listed_photos(options.photos, out=str(out))
    predict = _predicted_here if options.on is None else _predicted_on_ray
    result, classes = predict(options, listed, storage, shard)
    for skipped in listed.skipped[:MOST_LISTED]:
        print(f"skipped {skipped}")
    if len(listed.skipped) > MOST_LISTED:
        print(f"skipped {len(listed.skipped) - MOST_LISTED:,} more")
    print_list_result(result, storage)
    if options.regions and not result.not_tried:
        _write_regions(listed, Path(out), classes, to=options.regions)
    if not result.counts.done and not result.done_before and result.counts.failed:
        raise MaskwrightError(f"none of the {result.counts.failed:,} photos could be read: give JPEG or PNG photos")
    return int(result.counts.failed > 0)


def _predicted_here(
    options: argparse.Namespace, listed: "ListedPhotos", storage: "Storage", shard: "Shard | None"
) -> "tuple[ListResult, ClassTable]":
    """Predict as the only command that does this part on this machine; return also the classes of the run."""
    announce(count_of(len(listed.paths), "photo"), quiet=options.quiet)
    load_torch(quiet=options.quiet)
    from maskwright.inference.outputs.object_table import Scale
    from maskwright.inference.outputs.photo_outputs import Measuring
    from maskwright.workflows.distribution_shift import unlike_runs
    from maskwright.workflows.photo_lists.identity import prediction_identity, require_same_identity
    from maskwright.workflows.photo_lists.predict_list import plain_engine, predict_list

    scale = Scale(options.px_per_mm, options.min_area)
    identity = prediction_identity(options.run, scale, fast=options.fast)
    require_same_identity(storage, identity, run=options.run)
    segmenter = loaded(options)
    engine = plain_engine(segmenter, storage, Measuring(scale, unlike_runs(options.run)))
    with _alone(storage, shard):
        result = predict_list(listed, storage, engine, shard=shard, on_photos=_counted(quiet=options.quiet))
    return result, segmenter.classes


def _predicted_on_ray(
    options: argparse.Namespace, listed: "ListedPhotos", storage: "Storage", shard: "Shard | None"
) -> "tuple[ListResult, ClassTable]":
    """Predict by the actors of a Ray cluster; return also the classes of the run."""
    from maskwright.inference.outputs.object_table import Scale
    from maskwright.remote_storage import Storage
    from maskwright.workflows.engines.ray_cluster import address_of, cluster
    from maskwright.workflows.engines.ray_predict import actor_job, predict_on_ray
    from maskwright.workflows.photo_lists.predict_list import predict_list

    everywhere = storage if storage.folder is None else Storage(str(storage.folder.absolute()))
    announce(f"{count_of(len(listed.paths), 'photo')}; starting on {options.on}", quiet=options.quiet)
    with cluster(address_of(options.on)) as ray, _alone(storage, shard):
        scale = Scale(options.px_per_mm, options.min_area)
        job, classes = actor_job(options.run, everywhere, scale, runtime=options.runtime, fast=options.fast)
        result = predict_list(
            listed,
            everywhere,
            lambda chunks: predict_on_ray(ray, job, chunks),
            shard=shard,
            on_photos=_counted(quiet=options.quiet),
        )
    return result, classes


def _alone(storage: "Storage", shard: "Shard | None") -> "AbstractContextManager[None]":
    """Hold one part of an output on this machine for this command alone."""
    from maskwright.runs.run_lock import claimed

    if storage.folder is None:
        return nullcontext()
    return claimed(storage.folder / LOCKS / ("list" if shard is None else shard.name))


def _counted(*, quiet: bool) -> "Callable[[int, int], None]":
    """Return what prints how many photos are done, every few seconds."""
    printed_s = [0.0]

    def show(done: int, of_all: int) -> None:
        if time.monotonic() - printed_s[0] >= EVERY_S or done == of_all:
            printed_s[0] = time.monotonic()
            announce(f"  {done:,} of {of_all:,} photos", quiet=quiet)

    return show


def print_list_result(result: "ListResult", storage: "Storage") -> None:
    """Print what was predicted and where it is, what failed, and which masks to look at first."""
    counts = result.counts
    print_findings(counts.findings)
    if counts.failed > len(counts.findings):
        print(f"and {counts.failed - len(counts.findings):,} more: {storage}/failed.csv lists all")
    print(f"{count_of(counts.done, 'photo')} predicted, {result.done_before:,} were done before: {storage}/masks")
    if result.not_tried:
        print(f"{count_of(result.not_tried, 'photo')} left: the command that does the last writes the tables")
    else:
        print(f"measured: {storage}/objects.csv, {storage}/totals.csv; regions: {storage}/regions.via.json")
    if counts.unsure:
        print(f"unsure of {count_of(counts.unsure, 'photo')}: look at these masks first (all are in totals.csv)")
    for name, reason in list(counts.unsure_first.items())[:MOST_LISTED]:
        print(f"  {name}: {reason}")


def _write_regions(listed: "ListedPhotos", out: Path, classes: "ClassTable", *, to: str) -> None:
    from maskwright.inference.outputs.region_files import write_regions
    from maskwright.inference.sources.photo_list import PhotoToDo

    photos = [PhotoToDo(Path(path), name) for path, name in zip(listed.paths, listed.names, strict=True)]
    report = write_regions(photos, out, classes, to=to)
    print(f"regions as {to}: {count_of(len(report.files), 'file')} in {out}/regions")
    for sentence in report.lost:
        print(f"not held: {sentence}")
