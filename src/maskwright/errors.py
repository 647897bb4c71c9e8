"""What maskwright raises when it cannot go on.

Every error is one line a person can act on: what, where, what was found, what to do now. The command
line prints it and leaves with exit code 2.

    MaskwrightError
    ├── DataError          photos or annotations cannot be used
    ├── ConfigError        an argument, a plan.toml or a --set cannot be used
    ├── FileError          a file is missing, damaged or too large
    ├── WeightsError       pretrained weights or an encoder cannot be had
    ├── RunError           a run folder is missing, unfinished, or from a newer version
    ├── OutputError        a result cannot be written
    ├── DivergedError      training produced NaN or infinite values
    ├── DeviceMemoryError  a GPU's memory does not suffice
    └── DevicesError       a process of a training on several devices ended or is missing
"""


class MaskwrightError(Exception):
    """Something the user can put right; str() is one line that says how.

    >>> try:
    ...     mw.open_dataset("nothing")
    ... except mw.MaskwrightError as error:
    ...     print(error)
    nothing does not exist: give a folder of photos, or an annotation file
    """


class DataError(MaskwrightError):
    """Photos or annotations cannot be used."""


class ConfigError(MaskwrightError):
    """An argument, a plan.toml or a --set cannot be used."""


class FileError(MaskwrightError):
    """A file is missing, damaged or too large."""


class WeightsError(MaskwrightError):
    """Pretrained weights or an encoder cannot be had; `reason` is the message without its advice, if that is known."""

    def __init__(self, message: str, *, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason or message


class RunError(MaskwrightError):
    """A run folder is missing, unfinished, or from a newer version."""


class OutputError(MaskwrightError):
    """A result cannot be written."""


class DivergedError(MaskwrightError):
    """Training produced NaN or infinite values, and no rescue is left."""


class DeviceMemoryError(MaskwrightError):
    """A GPU's memory does not suffice."""


class DevicesError(MaskwrightError):
    """A process of a training on several devices ended, or is missing."""


class ShapeError(ValueError):
    """A shape of a label file cannot be drawn; str() is the end of a sentence that begins with the shape.

    Readers turn it into a remark: it reaches nobody.
    """
