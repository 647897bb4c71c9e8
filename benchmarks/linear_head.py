"""A linear head on frozen ImageNet features by weighted least squares: a training is a sum of small matrices."""

from dataclasses import dataclass, field

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from maskwright.classes import IGNORE
from maskwright.datasets.dataset import Dataset
from maskwright.datasets.fingerprint import measure
from maskwright.datasets.splitting.split import Parts
from maskwright.evaluation.evaluate import Evaluation, PhotoScore
from maskwright.evaluation.metrics import confusion
from maskwright.imaging.mask_geometry import Mask
from maskwright.models.build import PaddedNet, build_model
from maskwright.planning.available_weights import with_available_weights
from maskwright.planning.machine import this_machine
from maskwright.planning.make_plan import make_plan
from maskwright.planning.plan import Request

LONG_SIDE_PX, STRIDE, LEVELS = 192, 4, (2, 3, 4)
RIDGE = 1e-2


@dataclass(frozen=True)
class _Seen:
    """One photo: features HWxD, its truth HxW on the same grid, and the class sums of a least-squares problem."""

    features: NDArray[np.float32]
    truth: Mask
    grams: NDArray[np.float64]
    sums: NDArray[np.float64]


@dataclass
class LinearHead:
    """Trains and scores linear heads on photos of one dataset; features of a photo are computed once."""

    dataset: Dataset
    seen: dict[str, _Seen] = field(default_factory=dict)
    net: PaddedNet | None = None

    def learn(self, _: str, __: int, parts: Parts) -> Evaluation:
        """Return the scores of a head that was trained on the training photos; names and seeds do not matter."""
        assert parts.test is not None
        chosen = [self._seen(sample.name) for sample in parts.train.samples]
        grams, sums = (sum(getattr(one, key) for one in chosen) for key in ("grams", "sums"))
        counts = np.array(sums)[:, -1].clip(1)  # the last feature is 1: its sum counts the pixels of a class
        weights = 1 / np.sqrt(counts)
        gram = np.tensordot(weights, grams, axes=1)
        gram += RIDGE * np.trace(gram) / len(gram) * np.eye(len(gram))
        head = np.linalg.solve(gram, (weights[:, None] * np.array(sums)).T)
        photos = [self._score(sample.name, head) for sample in parts.test.samples]
        return Evaluation(self.dataset.classes, tuple(photos), f"{LONG_SIDE_PX // STRIDE} px")

    def _score(self, name: str, head: NDArray[np.float64]) -> PhotoScore:
        one = self._seen(name)
        given = (one.features @ head.astype(np.float32)).argmax(axis=1).reshape(one.truth.shape).astype(np.uint8)
        return PhotoScore(name, confusion(one.truth, given, len(self.dataset.classes)))

    def _seen(self, name: str) -> _Seen:
        if name not in self.seen:
            self.seen[name] = self._look(name)
        return self.seen[name]

    def _look(self, name: str) -> _Seen:
        sample = next(sample for sample in self.dataset.samples if sample.name == name)
        photo = self.dataset.photo(sample, long_side_px=LONG_SIDE_PX)
        height, width = (max(32, side // 32 * 32) for side in photo.shape[:2])
        photo = np.asarray(cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
        size_hw = (height // STRIDE, width // STRIDE)
        truth = self.dataset.mask(sample, size_hw=size_hw)
        features = self._features(photo, size_hw)
        known = [(truth == c).ravel() for c in range(len(self.dataset.classes))]
        grams = np.stack([features[on].T.astype(np.float64) @ features[on] for on in known])
        assert len(known) <= IGNORE
        return _Seen(features, truth, grams, np.stack([features[on].sum(axis=0, dtype=np.float64) for on in known]))

    def _features(self, photo: NDArray[np.uint8], size_hw: tuple[int, int]) -> NDArray[np.float32]:
        if self.net is None:
            plan = with_available_weights(make_plan(measure(self.dataset), this_machine(), Request()))
            module = build_model(plan.net, len(self.dataset.classes)).module.eval()
            assert isinstance(module, PaddedNet)
            self.net = module
        x = torch.from_numpy(photo).permute(2, 0, 1)[None].float()
        with torch.inference_mode():
            levels = self.net.core.encoder((x - self.net.mean) / self.net.std)  # type: ignore[operator]
        grids = [_resized(levels[level][0].numpy(), size_hw) for level in LEVELS]
        columns = np.concatenate([*grids, np.ones((1, *size_hw), np.float32)])
        return np.ascontiguousarray(columns.reshape(len(columns), -1).T)


def _resized(grid: NDArray[np.float32], size_hw: tuple[int, int]) -> NDArray[np.float32]:
    return np.stack([cv2.resize(channel, size_hw[::-1], interpolation=cv2.INTER_LINEAR) for channel in grid])
