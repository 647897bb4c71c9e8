"""nnU-Net's 2D configuration by its own code: fingerprint, plan, preprocessing, trainer, sliding window, mirrors.

Optional: `pip install -c constraints.txt -e '.[bench-nnunet]'`, then `--methods nnunet-2d`. Two things differ from its
own run: steps end with the clock, and the rate falls with the share of the minutes that has passed, where nnU-Net has
1,000 epochs of 250 steps. Photos above 1024 px on the long side are reduced to it. The clock includes the planning.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, cast

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from benchmarks.methods.task import Stopwatch, Task, Trained, scaled_pairs
from maskwright.classes import IGNORE, ClassTable
from maskwright.files import make_folder, read_json
from maskwright.imaging.mask_geometry import Mask, reduce_photo
from maskwright.imaging.photos import Photo

LONG_SIDE_PX, RATE, FOLDER_ID, NAME = 1024, 1e-2, 1, "Dataset001_photos"
SPACING = {"spacing": (999, 1, 1)}
"""What its reader of natural images gives."""


class Trainer(Protocol):
    """What is used of its trainer."""

    network: torch.nn.Module
    optimizer: torch.optim.Optimizer
    dataloader_train: Iterator[dict[str, Any]]
    plans_manager: object
    configuration_manager: object
    dataset_json: dict[str, object]
    inference_allowed_mirroring_axes: tuple[int, ...]

    def on_train_start(self) -> None:
        """Make the network and the loaders."""

    def train_step(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Take one step."""

    def set_deep_supervision_enabled(self, enabled: bool) -> None:
        """Return one output or several."""


class Predictor(Protocol):
    """What is used of its predictor."""

    def predict_single_npy_array(
        self, input_image: NDArray[np.float32], image_properties: Mapping[str, tuple[int, ...]]
    ) -> NDArray[np.integer[Any]]:
        """Cx1xHxW -> 1xHxW labels."""


def fit(task: Task) -> Trained:
    """Plan, preprocess and train within the task's minutes."""
    watch = Stopwatch(task.budget_s)
    torch.manual_seed(task.seed)
    np.random.seed(task.seed)  # noqa: NPY002 - its loaders draw from numpy's global generator
    preprocessed = _set_folders(task.scratch)
    _write_raw(task)
    trainer = _trainer(preprocessed / NAME)
    os.environ["nnUNet_n_proc_DA"] = "0"  # load photos in this process # noqa: SIM112
    trainer.on_train_start()
    trainer.network.train()
    steps = 0
    while watch.has_time():
        for group in trainer.optimizer.param_groups:
            group["lr"] = RATE * max(1e-3, 1 - watch.seconds / task.budget_s) ** 0.9
        trainer.train_step(next(trainer.dataloader_train))
        steps += 1
    predictor = _predictor(trainer)
    return Trained(lambda photo: _predict(predictor, photo), steps)


def _set_folders(scratch: Path) -> Path:
    """Tell nnU-Net where to work, before it is imported for the first time; return its preprocessed photos' folder."""
    folders = {name: make_folder(scratch / name) for name in ("raw", "preprocessed", "results")}
    os.environ.update({f"nnUNet_{name}": str(folder) for name, folder in folders.items()})
    os.environ.update(nnUNet_n_proc_DA="1", nnUNet_compile="false")  # its planner needs at least one
    return folders["preprocessed"]


def _write_raw(task: Task) -> None:
    """Write the training photos as nnU-Net takes them: PNG, labels from 0, the ignored one last."""
    from nnunetv2.dataset_conversion.generate_dataset_json import generate_dataset_json

    raw, dataset = task.scratch / "raw" / NAME, task.parts.train
    photos, labels = make_folder(raw / "imagesTr"), make_folder(raw / "labelsTr")
    pairs = scaled_pairs(dataset, LONG_SIDE_PX)
    for index, (photo, mask) in enumerate(pairs):
        Image.fromarray(photo).save(photos / f"p{index:04d}_0000.png")
        stored = np.where(mask == IGNORE, len(dataset.classes), mask).astype(np.uint8)
        Image.fromarray(stored).save(labels / f"p{index:04d}.png")
    channels = {0: "R", 1: "G", 2: "B"}
    generate_dataset_json(str(raw), channels, _labels(dataset.classes), len(pairs), ".png")


def _labels(classes: ClassTable) -> dict[str, int]:
    """Return its table of labels: it wants a background, and the ignored label behind all others."""
    ids = range(1, len(classes))
    return {"background": 0, **{f"class {i}": i for i in ids}, "ignore": len(classes)}


def _trainer(preprocessed: Path) -> Trainer:
    """Measure, plan, preprocess, and return its trainer of the 2D configuration on all photos."""
    from nnunetv2.experiment_planning.plan_and_preprocess_api import (
        extract_fingerprint_dataset,
        plan_experiment_dataset,
        preprocess_dataset,
    )
    from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

    extract_fingerprint_dataset(FOLDER_ID, num_processes=1, verbose=False, show_progress_bar=False)
    plan_experiment_dataset(FOLDER_ID)
    preprocess_dataset(FOLDER_ID, configurations=("2d",), num_processes=(1,), show_progress_bar=False)
    planned, described = (read_json(preprocessed / name) for name in ("nnUNetPlans.json", "dataset.json"))
    plans = {**cast("dict[str, Any]", planned), "continue_training": False}
    trainer: Trainer = nnUNetTrainer(plans, "2d", "all", described, device=torch.device("cpu"))
    return trainer


def _predictor(trainer: Trainer) -> Predictor:
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    trainer.set_deep_supervision_enabled(False)
    predictor: Any = nnUNetPredictor(device=torch.device("cpu"), perform_everything_on_device=False, allow_tqdm=False)
    predictor.manual_initialization(
        trainer.network,
        trainer.plans_manager,
        trainer.configuration_manager,
        [trainer.network.state_dict()],
        trainer.dataset_json,
        type(trainer).__name__,
        trainer.inference_allowed_mirroring_axes,
    )
    return cast("Predictor", predictor)


def _predict(predictor: Predictor, photo: Photo) -> Mask:
    small = reduce_photo(photo, LONG_SIDE_PX)
    channels = small.transpose(2, 0, 1)[:, None].astype(np.float32)
    mask = predictor.predict_single_npy_array(channels, SPACING)[0].astype(np.uint8)
    size_wh = (photo.shape[1], photo.shape[0])
    return np.asarray(cv2.resize(mask, size_wh, interpolation=cv2.INTER_NEAREST), dtype=np.uint8)
