"""What people told of their scores, from their side: files as they had them, and the command they would type."""

import csv
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from maskwright.cli.main import main
from tests.support.drawn_histories import falling, noisy
from tests.support.real_keras import keras

EPOCHS = 12
Floats = NDArray[np.float32]


def grown(truth: Floats, epoch: int, rng: np.random.Generator) -> Floats:
    """Return probabilities that fit ever better but paint far too much: 30 % of the pixels are wrong at the end."""
    wrong = rng.random(truth.shape) < 0.5 - 0.2 * epoch / (EPOCHS - 1)
    painted = np.where(wrong, 1 - truth, truth) * 0.6 + 0.2
    return (painted + rng.normal(0, 0.02, truth.shape)).astype(np.float32)


def test_keras_mean_iou_flat_from_the_first_epoch_while_accuracy_climbs_to_70_percent(tmp_path: Path) -> None:
    """Compiled with metrics=["accuracy", MeanIoU(num_classes=2)] on a sigmoid; history.history was saved as json."""
    rng = np.random.default_rng(0)
    truth = np.zeros((5, 64, 64), np.float32)
    for mask in truth:
        y, x = rng.integers(0, 54, 2)
        mask[y : y + 9, x : x + 9] = 1
    logged: dict[str, list[float]] = {"loss": [], "accuracy": [], "mean_io_u": []}
    for epoch in range(EPOCHS):
        probabilities = grown(truth, epoch, rng)
        chances = np.clip(probabilities, 1e-6, 1 - 1e-6)
        logged["loss"].append(float(-np.mean(truth * np.log(chances) + (1 - truth) * np.log(1 - chances))))
        for name, metric in (("accuracy", keras.metrics.BinaryAccuracy()), ("mean_io_u", keras.metrics.MeanIoU(2))):
            metric.update_state(truth, probabilities)
            logged[name].append(float(metric.result()))
    assert logged["accuracy"][-1] > 0.68
    assert max(logged["mean_io_u"]) - min(logged["mean_io_u"]) < 1e-6
    assert 0.48 < logged["mean_io_u"][-1] < 0.5

    (tmp_path / "history.json").write_text(json.dumps(logged))
    assert main(["diagnose", "--history", str(tmp_path / "history.json"), "--json", str(tmp_path / "alone.json")]) == 0
    assert json.loads((tmp_path / "alone.json").read_text())[0]["code"] == "metric-truncated"

    for part, values in (("truth", truth), ("pred", probabilities)):
        (tmp_path / part).mkdir()
        for index, one in enumerate(values):
            if part == "truth":
                Image.fromarray((one * 255).astype(np.uint8)).save(tmp_path / part / f"{index}.png")
            else:
                np.save(tmp_path / part / f"{index}.npy", one)
    number = f"{logged['mean_io_u'][-1]:.4f}"
    folders = ["--truth", str(tmp_path / "truth"), "--pred", str(tmp_path / "pred")]
    asked = ["--set", f"metric={number}", "--set", "diagnose.score_name=mean_io_u"]
    files = ["--history", str(tmp_path / "history.json"), "--json", str(tmp_path / "all.json")]
    main(["diagnose", *folders, *asked, *files])
    findings = {f["code"]: f for f in json.loads((tmp_path / "all.json").read_text())}
    assert findings["metric-truncated"]["severity"] == "warning"
    assert "of the truth, and half of that is" in findings["metric-truncated"]["evidence"]
    assert f"mean_io_u {number} is Keras MeanIoU on a sigmoid, as shipped" in findings["metric-named"]["evidence"]
    assert "accuracy-majority" not in findings


def test_the_set_of_36_photos_that_starts_to_fit_noise(tmp_path: Path) -> None:
    """A CSVLogger's file of 100 epochs: from about epoch 40 on validation gets worse, training ever better."""
    rng = np.random.default_rng(36)
    epochs = np.arange(100)
    late = np.maximum(0, epochs - 40)
    rows = {
        "epoch": epochs,
        "loss": noisy(falling(100, first=0.7, last=0.02), rng, 0.04),
        "val_loss": noisy(falling(100, first=0.7, last=0.25, pace=12) + 0.004 * late, rng, 0.05),
        "val_iou": 0.7 - falling(100, first=0.6, last=0.0, pace=12) - 0.0015 * late + rng.normal(0, 0.01, 100),
    }
    with (tmp_path / "training.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(rows)
        table.writerows(zip(*rows.values(), strict=True))
    assert main(["diagnose", "--history", str(tmp_path / "training.csv"), "--json", str(tmp_path / "f.json")]) == 0
    first = json.loads((tmp_path / "f.json").read_text())[0]
    assert (first["code"], first["severity"]) == ("overfitting", "warning")
    words = first["evidence"].split()
    assert words[:2] == ["from", "epoch"]
    assert 30 <= float(words[2]) <= 50
    assert f"Keep the weights of epoch {words[2]}" in first["fix"]
    assert "iou lost 0." in first["evidence"]
