"""A pixel classifier: a random forest on multi-scale features of colour, edges and texture, as in ilastik."""

import numpy as np
from numpy.typing import NDArray
from skimage.feature import multiscale_basic_features
from sklearn.ensemble import RandomForestClassifier

from benchmarks.methods.task import Task, Trained, enlarged, scaled_pairs
from maskwright.classes import IGNORE
from maskwright.imaging.mask_geometry import Mask, reduce_photo
from maskwright.imaging.photos import Photo

LONG_SIDE_PX, PIXELS, TREES = 640, 120_000, 100


def fit(task: Task) -> Trained:
    """Learn from some pixels of every photo, each of its classes as often, as strokes drawn by hand would be."""
    rng = np.random.default_rng(task.seed)
    pairs = scaled_pairs(task.parts.train, LONG_SIDE_PX)
    each = max(50, PIXELS // len(pairs))
    drawn = [_draw(photo, mask, each, rng) for photo, mask in pairs]
    forest = RandomForestClassifier(TREES, max_depth=16, min_samples_leaf=4, n_jobs=-1, random_state=task.seed)
    forest.fit(np.concatenate([x for x, _ in drawn]), np.concatenate([y for _, y in drawn]))
    return Trained(lambda photo: _predict(forest, photo, len(task.parts.train.classes)), TREES)


def _features(photo: Photo) -> NDArray[np.float32]:
    return np.asarray(multiscale_basic_features(photo, channel_axis=-1, sigma_min=1, sigma_max=16), dtype=np.float32)


def _draw(
    photo: Photo, mask: Mask, count: int, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    features, truth = _features(photo).reshape(mask.size, -1), mask.ravel()
    shown = [class_id for class_id in np.unique(truth) if class_id != IGNORE]
    drawn = [rng.choice(np.flatnonzero(truth == class_id), max(1, count // len(shown))) for class_id in shown]
    places = np.concatenate([np.zeros(0, np.intp), *drawn])
    return features[places], truth[places]


def _predict(forest: RandomForestClassifier, photo: Photo, class_count: int) -> Mask:
    small = reduce_photo(photo, LONG_SIDE_PX)
    features = _features(small)
    shares = forest.predict_proba(features.reshape(-1, features.shape[-1]))
    logits = np.full((class_count, small.shape[0] * small.shape[1]), -1.0, dtype=np.float32)
    logits[forest.classes_] = shares.T
    return enlarged(logits.reshape(class_count, *small.shape[:2]), (photo.shape[0], photo.shape[1]))
