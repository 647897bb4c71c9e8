"""A whole training job: `prepare` checks the data, `pipeline` does the rest, with a log and trackers around both."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from maskwright.runs.run_lock import JOB_LOCK, claimed
from maskwright.workflows.progress.run_log import RunLog, logged
from maskwright.workflows.progress.screen import Listener, Screen, listening
from maskwright.workflows.progress.torch_import import load_torch
from maskwright.workflows.trackers.tracker import Finished, open_tracker
from maskwright.workflows.training.prepare import Job, check_job

if TYPE_CHECKING:
    from maskwright.workflows.training.pipeline import Result


def run_job(job: Job, screen: Screen, *, listeners: Sequence[Listener] = ()) -> "Result":
    """Check the data, train, evaluate and report; with `resume`, continue an interrupted run.

    `listeners` are called after every step of every training. The log of the job is in `log.txt` of the run folder.
    Raises RunError if another process holds the folder, or if it holds the run of another command.
    """
    log, trackers = RunLog(), [open_tracker(name, job.out, screen.tell) for name in job.log]
    heard = [log.listen, *(tracker.listen for tracker in trackers), *listeners]
    screen = listening(logged(screen, log), heard)
    try:
        checked = check_job(job, screen)
        load_torch(screen.tell)  # once the data are known to be sound
        from maskwright.workflows.training.pipeline import run_pipeline

        with claimed(job.out, lock=JOB_LOCK):
            log.open(job.out)
            screen.tell(f"run folder: {job.out}")
            result = run_pipeline(job, checked, screen)
            log.write(f"{result.verdict.sentence}.")
        for tracker in trackers:
            tracker.finish(Finished(job.out, result.evaluation, result.verdict))
    except BaseException as error:
        log.write_error(error)
        for tracker in trackers:
            tracker.stop()
        raise
    return result
