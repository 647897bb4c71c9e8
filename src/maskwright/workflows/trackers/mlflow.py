"""MLflow: the run on the server that MLFLOW_TRACKING_URI names, in the experiment of MLFLOW_EXPERIMENT_NAME."""

import os
import time
from pathlib import Path
from typing import Any

from maskwright.errors import ConfigError
from maskwright.files import read_text, write_text
from maskwright.output_file_names import PLAN_FILE, REPORT_FILE
from maskwright.planning.plan_file import plan_as_tree, plan_of_run
from maskwright.training.progress import Progress
from maskwright.workflows.trackers.tracker import Finished, Tracker, final_scores, tag, worst_pictures

ID_FILE = "mlflow_run.txt"
EVERY_S = 5.0
"""Metrics are sent this often, in batches: a request for each step would slow the training down."""
MOST_METRICS = 900
MOST_LETTERS = 500
"""What a server takes at once, and how long a parameter may be."""


def mlflow_tracker(run: Path) -> Tracker:
    """Return the tracker; ConfigError where the server does not answer."""
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")  # by default it tries for minutes
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    from mlflow import MlflowClient, get_tracking_uri
    from mlflow.exceptions import MlflowException

    try:
        client = MlflowClient()
        experiment = _experiment(client, os.environ.get("MLFLOW_EXPERIMENT_NAME", "maskwright"))
    except MlflowException as error:
        raise ConfigError(
            f"--log mlflow: {get_tracking_uri()} does not answer: start the server, or set MLFLOW_TRACKING_URI"
        ) from error
    sender = Sender(client, experiment, run)
    return Tracker(sender.listen, sender.finish, sender.stop)


def _experiment(client: Any, name: str) -> str:  # noqa: ANN401 - the package is optional, and so are its types
    known = client.get_experiment_by_name(name)
    return str(known.experiment_id if known else client.create_experiment(name))


class Sender:
    """Holds the run on the server, and the metrics that were not sent yet."""

    def __init__(self, client: Any, experiment: str, run: Path) -> None:  # noqa: ANN401
        self._client, self._experiment, self._folder = client, experiment, run
        self._id = ""
        self._metrics: list[Any] = []
        self._latest: dict[str, float] = {}
        self._sent_s = 0.0
        self._step = 0

    def listen(self, name: str, progress: Progress) -> None:
        """Keep loss, learning rate and new validation IoU; send them now and then."""
        self._begin()
        group, self._step = tag(name), progress.step
        self._add(f"{group}/loss", progress.loss, progress.step)
        self._add(f"{group}/learning_rate", progress.lr, progress.step)
        iou = progress.validation_iou
        if iou is not None and self._latest.get(group) != iou:
            self._latest[group] = iou
            self._add(f"{group}/validation_iou", iou, progress.step)
        if time.monotonic() - self._sent_s > EVERY_S or len(self._metrics) > MOST_METRICS:
            self._send()

    def finish(self, finished: Finished) -> None:
        """Send the scores, the verdict, the report and the pictures; end the run on the server."""
        self._begin()
        self._send_plan()  # with --folds, the plan of the model that is kept is made after the folds
        for name, value in final_scores(finished.evaluation).items():
            self._add(_allowed(name), value, self._step)
        self._send()
        judged = finished.verdict
        for key in ("quality", "trust", "sentence", "command"):
            self._client.set_tag(self._id, f"maskwright.{key}", getattr(judged, key))
        for name in (PLAN_FILE, REPORT_FILE, "contact_sheet.png"):
            self._client.log_artifact(self._id, str(finished.run / name))
        for _, picture in worst_pictures(finished):
            self._client.log_artifact(self._id, str(picture), "worst_photos")
        self._client.set_terminated(self._id, "FINISHED")

    def stop(self) -> None:
        """End the run on the server as one that was stopped."""
        if self._id:
            self._send()
            self._client.set_terminated(self._id, "KILLED")

    def _begin(self) -> None:
        """Create the run on the server, or continue the one that this folder has there."""
        if self._id:
            return
        stored = self._folder / ID_FILE
        if stored.exists():
            self._id = read_text(stored).strip()
            self._client.update_run(self._id, status="RUNNING")
            return
        tags = {"mlflow.source.name": "maskwright", "maskwright.folder": str(self._folder)}
        self._id = self._client.create_run(self._experiment, tags=tags, run_name=self._folder.name).info.run_id
        write_text(stored, f"{self._id}\n")
        self._send_plan()

    def _send_plan(self) -> None:
        """Send the plan as parameters, if the training of the model that is kept has begun."""
        from mlflow.entities import Param

        if not (self._folder / PLAN_FILE).exists():
            return
        values = [
            (f"{s}.{k}", str(v)) for s, keys in plan_as_tree(plan_of_run(self._folder)).items() for k, v in keys.items()
        ]
        self._client.log_batch(self._id, params=[Param(key, value[:MOST_LETTERS]) for key, value in values])

    def _add(self, name: str, value: float, step: int) -> None:
        from mlflow.entities import Metric

        self._metrics.append(Metric(name, value, int(time.time() * 1000), step))

    def _send(self) -> None:
        metrics, self._metrics, self._sent_s = self._metrics, [], time.monotonic()
        for first in range(0, len(metrics), MOST_METRICS):
            self._client.log_batch(self._id, metrics=metrics[first : first + MOST_METRICS])


def _allowed(name: str) -> str:
    """Return the name with the letters that MLflow takes."""
    return "".join(letter if letter.isalnum() or letter in "_-. /" else "_" for letter in name)
