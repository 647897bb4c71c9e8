"""What shows a job while it runs: lines, the progress of trainings, and the progress of work on photos."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from maskwright.progress_counter import StartCounting, no_counting

if TYPE_CHECKING:
    from maskwright.training.progress import Progress

Listener = Callable[[str, "Progress"], None]
"""Takes the name of a training ("training", "fold 1 of 5") and its progress, after every step."""


def ignore(*_: object) -> None:
    """Do nothing with what is reported."""


@dataclass(frozen=True)
class Screen:
    """What shows a job.

    `tell` takes a line; `watch` names a training and returns the listener of its progress; `count` takes what begins,
    such as "checking", with the number of photos, and returns what is called after each of them.
    """

    tell: Callable[[str], None]
    watch: "Callable[[str], Callable[[Progress], None]]"
    count: StartCounting = no_counting


def silent_screen() -> Screen:
    """Return a screen that shows nothing."""
    return Screen(ignore, lambda _: ignore)


def listening(screen: Screen, listeners: Iterable[Listener]) -> Screen:
    """Return the screen, whose trainings also report to the listeners."""
    listeners = tuple(listeners)

    def watch(name: str) -> "Callable[[Progress], None]":
        show = screen.watch(name)

        def heard(progress: "Progress") -> None:
            show(progress)
            for listener in listeners:
                listener(name, progress)

        return heard

    return replace(screen, watch=watch)


def counting(function: Callable[[Any], Any], step: Callable[..., None]) -> Callable[[Any], Any]:
    """Return a function of one photo that calls `step` after each."""

    def counted(photo: Any) -> Any:  # noqa: ANN401 - as the function that it wraps
        result = function(photo)
        step()
        return result

    return counted
