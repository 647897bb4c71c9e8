"""The training data must be the same on all machines that train together."""

from maskwright.datasets.content_hash import Digests, digests_of
from maskwright.datasets.dataset import Dataset
from maskwright.errors import DataError
from maskwright.training.distributed.group import from_all
from maskwright.training.distributed.ranks import Ranks


def same_digests(dataset: Dataset, ranks: Ranks) -> Digests:
    """Return the digests of a training part, read once on each machine; DataError where they differ."""
    digests = from_all(ranks, digests_of(dataset) if ranks.local_rank == 0 else None)
    for rank, other in enumerate(digests):
        if other is not None and other != digests[0]:
            raise DataError(
                f"{dataset.root} holds other photos or masks for process {rank + 1} of {ranks.count} than for "
                "process 1: put the same folder at the same path on all machines"
            )
    assert digests[0] is not None
    return digests[0]
