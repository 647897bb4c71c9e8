"""Weights that are not those of the run: damaged, cut off, NaN or of another run. Each is refused in one line."""

import hashlib
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

from safetensors.torch import load_file, save_file

from benchmarks.reliability.commands import run, train_words
from benchmarks.reliability.results import Figures

Damage = Callable[[Path, random.Random], None]
MODEL = "model.safetensors"
REFUSED = 2


def damage_weights(photos: Path, finished: Path, work: Path, *, tries: int, rng: random.Random) -> Figures:
    """Damage the weights of a run in five ways, `tries` times each, and predict with it; NaN also with a true digest.

    A run of another seed, whose digest differs, and one of another width, whose digest is made to fit, are foreign.
    """
    figures = Figures("damaged weights")
    other, wider = work / "other", work / "wider"
    run(train_words(photos, other, steps=3, seed=1), work / "log")
    run([*train_words(photos, wider, steps=3), "--set", "net.width=0.2"], work / "log")
    ways: dict[str, Damage] = {
        "one bit flipped": _flip_a_bit,
        "cut off": _cut_off,
        "one NaN": _one_nan,
        "one NaN, with its digest": _forged(_one_nan),
        "of another seed": _from(other),
        "of another width, with its digest": _forged(_from(wider)),
    }
    for name, damage in ways.items():
        refused = sum(_one(name, damage, photos, finished, work, figures, rng) for _ in range(tries))
        figures.notes.append(f"{name}: {refused} of {tries} refused in one line")
    return figures


def _one(
    name: str, damage: Damage, photos: Path, finished: Path, work: Path, figures: Figures, rng: random.Random
) -> bool:
    folder, out = work / "damaged", work / "out"
    shutil.copytree(finished, folder)
    damage(folder, rng)
    ended = run(["predict", folder, photos / "images" / "0.png", "--out", out], work / "log")
    lines = ended.error.strip().splitlines()
    refused = ended.code == REFUSED and len(lines) == 1 and MODEL in lines[0] and not list(out.rglob("*.png"))
    figures.count([] if refused else [f"{name}: exit code {ended.code}: {ended.error.strip()[:200]}"])
    shutil.rmtree(folder)
    shutil.rmtree(out, ignore_errors=True)
    return refused


def _flip_a_bit(folder: Path, rng: random.Random) -> None:
    data = bytearray((folder / MODEL).read_bytes())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    (folder / MODEL).write_bytes(data)


def _cut_off(folder: Path, rng: random.Random) -> None:
    data = (folder / MODEL).read_bytes()
    (folder / MODEL).write_bytes(data[: rng.randrange(len(data))])


def _one_nan(folder: Path, rng: random.Random) -> None:
    state = load_file(folder / MODEL)
    tensor = state[rng.choice([name for name, values in state.items() if values.is_floating_point()])]
    tensor.view(-1)[rng.randrange(tensor.numel())] = float(rng.choice(("nan", "inf", "-inf")))
    save_file(state, folder / MODEL)


def _from(other: Path) -> Damage:
    def take(folder: Path, _: random.Random) -> None:
        shutil.copy(other / MODEL, folder / MODEL)

    return take


def _forged(damage: Damage) -> Damage:
    """Return the damage, after which the digest in run.json is that of the damaged weights."""

    def forge(folder: Path, rng: random.Random) -> None:
        damage(folder, rng)
        values = json.loads((folder / "run.json").read_text())
        values["model_sha256"] = hashlib.sha256((folder / MODEL).read_bytes()).hexdigest()
        (folder / "run.json").write_text(json.dumps(values))

    return forge
