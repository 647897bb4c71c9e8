"""Stories as users tell them, each from what they did to what they are told."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from maskwright.datasets.dataset import pick
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.splitting.split import Parts
from maskwright.diagnosis.diagnose import diagnose
from maskwright.diagnosis.evidence.evidence import as_evaluation
from maskwright.diagnosis.evidence.from_arrays import read_dataset, read_pairs
from maskwright.evaluation import metrics
from maskwright.imaging.mask_geometry import Mask
from maskwright.inference.load import load
from maskwright.synthetic.board_photos import draw_coil_photos
from maskwright.training.loop import train
from tests.support.drawn import disc_photos
from tests.support.plans import small_plan


def test_the_coils_that_collapse(tmp_path: Path) -> None:
    """I trained a U-Net on coils with binary cross-entropy and RMSprop: accuracy 99 %, and it finds nothing."""
    dataset = open_dataset(draw_coil_photos(tmp_path / "coils", count=10, long_side_px=128))
    names = [sample.name for sample in dataset.samples]
    parts = Parts(pick(dataset, names[3:]), pick(dataset, names[:3]), tuple(names[3:6]), ("by hand",))
    plan = small_plan(parts.train, steps=40)
    plan = replace(
        plan,
        optim=replace(plan.optim, name="rmsprop", lr_encoder=3e-3, lr_decoder=3e-3, ema=0.0),
        loss=replace(plan.loss, mix="ce", class_weights=(1.0, 1.0)),
        sampling=replace(plan.sampling, object_share=0.0, inner_until=1.0),
    )
    run = train(parts, plan, out=tmp_path / "run")
    assert "training-collapse" in [finding.code for finding in run.findings]
    assert parts.test is not None
    evidence = read_dataset(load(run.folder).mask, parts.test)
    assert metrics.pixel_accuracy(as_evaluation(evidence.cases, dataset.classes).counts) > 0.95
    first = diagnose(evidence)[0]
    assert first.code == "score-collapse"
    assert first.severity == "error"
    assert first.mechanism


def as_fcn32s(truth: Mask) -> Mask:
    """Return the best that one value a cell of 32 px, blown up bilinearly, can draw (Long et al. 2015)."""
    height, width = truth.shape
    cells = cv2.resize((truth == 1).astype(np.float32), (width // 32, height // 32), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(cells, (width, height), interpolation=cv2.INTER_LINEAR) > 0.5, np.uint8)


def test_the_fcn_32s_whose_boundaries_are_coarse(tmp_path: Path) -> None:
    """My FCN-32s finds every object, and the outlines look as if cut with a hatchet."""
    rng = np.random.default_rng(0)
    dataset = disc_photos(tmp_path, count=6, size_hw=(384, 512))
    truths = []
    for sample in dataset.samples:
        mask = dataset.mask(sample)
        for _ in range(3):  # thin arms, as real things have
            x, y = (int(v) for v in np.argwhere(mask == 1)[rng.integers(0, int((mask == 1).sum()))][::-1])
            cv2.line(mask, (x, y), (x + int(rng.integers(-90, 90)), y + int(rng.integers(-90, 90))), (1,), 9)
        truths.append(mask)
    first = diagnose(read_pairs([(truth, as_fcn32s(truth)) for truth in truths]))[0]
    assert first.code == "boundary-coarse"
    sharp = diagnose(read_pairs([(truth, cv2.erode(truth, np.ones((3, 3), np.uint8))) for truth in truths]))
    assert "boundary-coarse" not in [finding.code for finding in sharp]
