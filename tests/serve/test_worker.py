import shutil
from pathlib import Path

from maskwright.serve.limits import Limits
from maskwright.serve.worker import Worker
from maskwright.serve.worker_process import Loading


def test_a_server_says_why_an_exported_file_does_not_compute(disc_run: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(disc_run, run)
    (run / "model.onnx").write_bytes(b"no model")
    worker = Worker(Loading({"discs": str(run)}), Limits())
    worker.start()
    try:
        assert any(note.startswith("not with onnx: ") for note in worker.notes)
        assert worker.classes == {"discs": ("background", "disc")}
    finally:
        worker.stop()
