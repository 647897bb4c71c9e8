"""What all processes but the first do when several train together: they take part in each of its trainings."""

from maskwright.training.distributed.broadcast import next_task
from maskwright.training.distributed.ranks import Ranks
from maskwright.training.loop import take_part


def run_worker(ranks: Ranks) -> None:
    """Take part in the trainings of the first process until no more comes; nothing is written or printed."""
    while (task := next_task(ranks)) is not None:
        take_part(task)
