"""One damaged run file, plan, history, file of weights or arrays, or a `--set`: every reader of it is called."""

import os
import pickle
import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np
import torch

from benchmarks.fuzz.damage import damage
from maskwright.datasets.opening import open_dataset
from maskwright.diagnosis.evidence.from_folders import read_folders
from maskwright.diagnosis.history.reading import read_history as read_any_history
from maskwright.errors import MaskwrightError
from maskwright.inference.load import load
from maskwright.models.weights.tensor_files import load_tensors, read_weights
from maskwright.planning.plan_file import plan_of_run
from maskwright.planning.setting_list import setting_list
from maskwright.planning.settings import read_settings
from maskwright.report import rendering
from maskwright.report.run_page import write_run_report
from maskwright.runs.folder import read_history, read_run_facts
from maskwright.runs.request import stored_request

FILES = ("run.json", "findings.json", "evaluation.json", "asked.json", "plan.toml", "history.csv", "model.safetensors")
HISTORY = '{"epoch": [0, 1, 2], "loss": [0.9, 0.5, 0.4], "val_loss": [1.0, 0.6, 0.7], "val_iou": [0.1, 0.4, 0.5]}'
VALUES = (
    *("", "1e999", "nan", "9" * 5000, "[" * 3000, "[" * 3000 + "]" * 3000, "[[1]]", "{a=1}", "2026-01-01", "-1", "0"),
    *("x", "true", "''", "[1,'a']", "\0", "[1e999]", "1" * 4301),
)
TEXTS = ("", "=", "==", "a", "a.b.c=1", ".=1", "net.=1", ".net=1", "\0=1", "net=", "augment=", "check=", "why.x=1")
SHAPES = ("(10**30,)", "(70000, 70000)", "(-1,)", "(0,)", "()", "(3, 48, 64)", "(2**40, 0)")
TYPES = ("|u1", "<f8", "|O", "<U9", "<c16", "|V8", "<M8[s]", "nonsense")
PICKLES = ("model.pt", "checkpoint.pt", "X.npy", "Y.npz", "history.pkl", "history.json", "p.npy", "p.npz", "bare.pt")


class Malicious:
    """A value whose unpickling starts a command, which the worker would see."""

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        """Return what pickle is to call."""
        return os.system, ("true",)


def prepare(bases: Path, place: Path, seed: int) -> str:
    """Write the case into `place`; return what it is."""
    rng = random.Random(seed)
    if seed % 10 < 6:
        name = FILES[rng.randrange(len(FILES))]
        run = Path(shutil.copytree(bases / "run", place / "run", copy_function=os.link))
        path = run / name
        data = path.read_bytes()
        path.unlink()  # the others are links to the good run
        path.write_bytes(data)
        damage(path, rng)
        return name
    if seed % 10 == 6:
        return f"--set {_setting(rng)[:60]!r}"
    if seed % 10 == 7:
        path = place / rng.choice(("history.json", "history.csv"))
        path.write_text(HISTORY if path.suffix == ".json" else "epoch,loss,val_loss\n0,0.9,1.0\n1,0.5,0.6\n")
        damage(path, rng)
        return path.name
    return _pickle(place, rng) if seed % 50 == 8 else _arrays(place, rng)


def set_up() -> None:
    """Let the process compile the templates of reports once: they are not what is damaged."""
    rendering.page_environment = cache(rendering.page_environment)


def run(place: Path, seed: int) -> None:
    """Call every reader of the case; what is no MaskwrightError gets out."""
    for reader in _readers(place, seed):
        try:
            reader()
        except MaskwrightError as error:
            if "\n" in str(error):
                raise ValueError("a message of several lines") from error


def _readers(place: Path, seed: int) -> list[Callable[[], object]]:
    folder = place / "run"
    if folder.exists():
        return [
            *(lambda: read_run_facts(folder), lambda: stored_request(folder), lambda: plan_of_run(folder)),
            *(lambda: read_history(folder), lambda: read_any_history(folder / "history.csv")),
            lambda: write_run_report(folder),
            *([lambda: load(folder)] if seed % 6 == 0 else []),  # the slowest of them: it builds a network
        ]
    if seed % 10 == 6:
        return [lambda: read_settings([_setting(random.Random(seed))])]
    files = sorted(path for path in place.rglob("*") if path.is_file())
    weights = [path for path in files if path.suffix == ".pt"]
    histories = [path for path in files if path.stem == "history"]
    return [
        *(lambda path=path: read_weights(path) for path in weights),
        *(lambda path=path: load_tensors(path) for path in weights),
        *(lambda path=path: read_any_history(path) for path in histories),
        lambda: open_dataset(place / "truth"),
        lambda: read_folders(place / "truth", place / "truth"),
    ]


def _setting(rng: random.Random) -> str:
    return rng.choice(TEXTS) if rng.random() < 0.1 else f"{rng.choice(setting_list()).key}={rng.choice(VALUES)}"


def _arrays(place: Path, rng: random.Random) -> str:
    """Write X and Y of arrays whose header declares any shape and type, or whose bytes are damaged."""
    folder = place / "truth"
    folder.mkdir()
    np.save(folder / "X.npy", np.zeros((3, 48, 64, 3), np.uint8))
    np.save(folder / "Y.npy", np.ones((3, 48, 64), np.uint8))
    path = folder / rng.choice(("X.npy", "Y.npy"))
    if rng.random() < 0.5:
        shape, kind = rng.choice(SHAPES), rng.choice(TYPES)
        text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".replace("10**30", "1" + "0" * 30)
        head = text.replace("2**40", str(2**40)).ljust(117) + "\n"
        path.write_bytes(b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head.encode() + bytes(9216))
        return f"{path.name} of shape {shape}, {kind}"
    if rng.random() < 0.3:
        np.savez_compressed(folder / "XY.npz", X=np.zeros((3, 48, 64, 3), np.uint8), Y=np.ones((3, 48, 64), np.uint8))
        (folder / "X.npy").unlink()
        (folder / "Y.npy").unlink()
        path = folder / "XY.npz"
    damage(path, rng)
    return path.name


def _pickle(place: Path, rng: random.Random) -> str:
    name = rng.choice(PICKLES)
    folder = place / "truth" if "np" in name else place
    folder.mkdir(exist_ok=True)
    path, value = folder / name, np.array([Malicious()], dtype=object)
    with suppress(OSError):
        if name in ("model.pt", "checkpoint.pt"):
            torch.save({"net": Malicious()}, path)
        elif name.endswith(".npy"):
            np.save(path, value, allow_pickle=True)
        elif name.endswith(".npz"):
            np.savez(path, X=value)
        else:
            path.write_bytes(pickle.dumps(Malicious()))
    return f"malicious {name}"
