"""A run that a real MLflow server with SQLite follows."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from maskwright.errors import ConfigError
from maskwright.planning.settings import read_settings
from maskwright.workflows.progress.screen import silent_screen
from maskwright.workflows.training.job import run_job
from maskwright.workflows.training.prepare import Job
from tests.support.commands import SMALL

pytest.importorskip("mlflow")
pytestmark = pytest.mark.filterwarnings("ignore")  # of mlflow itself, in its imports
WAIT_S = 300


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Start a server that keeps its runs in SQLite; yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    stores = [
        "--backend-store-uri",
        f"sqlite:///{tmp_path}/runs.db",
        "--artifacts-destination",
        str(tmp_path / "files"),
    ]
    address = f"http://127.0.0.1:{port}"
    with (tmp_path / "server.log").open("w") as log:
        environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}  # seven more processes otherwise
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", *words, *stores],
            stdout=log,
            stderr=log,
            cwd=tmp_path,
            env=environment,
            start_new_session=True,
        )
        try:
            _wait_for(address, process)
            yield address
        finally:
            os.killpg(process.pid, 15)
            process.wait(timeout=30)


def _wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/health", timeout=2).close()
            return
        except OSError:
            time.sleep(0.3)
    pytest.fail("the MLflow server did not start")


def test_an_mlflow_server_shows_a_run(
    server: str, discs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient

    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "discs")
    job = Job(discs, tmp_path / "run", read_settings((*SMALL, "split.folds=interleaved")), folds=2, log=("mlflow",))
    result = run_job(job, silent_screen())
    client = MlflowClient(server)
    experiment = client.get_experiment_by_name("discs")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.info.status == "FINISHED"
    assert run.info.run_name == "run"
    assert run.data.params["scale.crop_px"] == "64"
    assert [metric.step for metric in client.get_metric_history(run.info.run_id, "training/loss")] == [1, 2, 3]
    score = run.data.metrics["evaluation/mean_iou_per_photo"]
    assert score == pytest.approx(result.evaluation.mean_iou_per_photo.value)
    assert run.data.tags["maskwright.sentence"] == result.verdict.sentence
    names = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert names == {"plan.toml", "report.html", "contact_sheet.png", "worst_photos"}
    assert len(client.list_artifacts(run.info.run_id, "worst_photos")) == 6


def test_a_server_that_does_not_answer_is_told_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    with pytest.raises(ConfigError, match=r"127\.0\.0\.1:9 does not answer: start the server"):
        run_job(Job(tmp_path, tmp_path / "run", read_settings(()), log=("mlflow",)), silent_screen())
    assert not (tmp_path / "run").exists()
