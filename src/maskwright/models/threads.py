"""Threads that networks are computed with."""

import os

import torch

from maskwright.concurrency.usable_cores import usable_cores


def keep_threads_to_cores() -> None:
    """Let torch compute with no more threads than this process may use cores; OMP_NUM_THREADS, where set, stands.

    By itself torch takes a thread for every core of the machine, also in a container that may use two of 64.
    """
    if not os.environ.get("OMP_NUM_THREADS") and torch.get_num_threads() > usable_cores():
        torch.set_num_threads(usable_cores())
