import os
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def test_the_script_names_masks_that_are_mirrored(tmp_path: Path) -> None:
    for folder in ("masks", "predictions"):
        (tmp_path / folder).mkdir()
    generator = np.random.default_rng(0)
    for number in range(6):
        mask = np.zeros((64, 64), np.uint8)
        left, top = generator.integers(2, 20, 2)
        mask[top : top + 30, left : left + 12] = 1
        Image.fromarray(mask).save(tmp_path / "masks" / f"{number}.png")
        Image.fromarray(mask[:, ::-1].copy()).save(tmp_path / "predictions" / f"{number}.png")
    words = [
        sys.executable,
        *map(str, (EXAMPLES / "is_my_model_good.py", tmp_path / "masks", tmp_path / "predictions")),
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert "mirrored" in done.stdout
    assert "+1.00 IoU" in done.stdout


@pytest.mark.filterwarnings("ignore")  # of the kernel, not ours
def test_the_notebook_runs_from_top_to_bottom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXAMPLE_MINUTES", "0.1")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    notebook = nbformat.read(EXAMPLES / "first_model.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    shown = "".join("".join(out.get("data", {}).get("text/html", "")) for out in outputs)
    assert "16 photos" in shown
    assert shown.count("data:image/jpeg") == 7  # six photos with their masks, and the photo with the predicted mask
    assert "held-out photos" in shown
    assert "what to do" in shown
