"""Arguments of the functions that do a whole job in one call, checked before torch is imported."""

from collections.abc import Mapping
from pathlib import Path

from maskwright.datasets.dataset import Dataset
from maskwright.errors import ConfigError, DataError
from maskwright.files import from_home
from maskwright.planning.settings import Settings, read_settings


def existing_data(data: object, *, caller: str) -> Path:
    """Return the path of photos; DataError if there is nothing, or if `caller` was given something else."""
    if isinstance(data, Dataset):
        raise DataError(f"{caller} takes the folder, not the dataset: give {str(data.root)!r}")
    if not isinstance(data, str | Path):
        raise DataError(f"{type(data).__name__} is no folder of photos: give its path")
    path = from_home(Path(data))
    if not path.exists():
        raise DataError(f"{path} does not exist: give a folder of photos, or an annotation file")
    return path


def minutes_from(minutes: object) -> float:
    """Return a time in minutes, above 0 and below a month; ConfigError for anything else."""
    if not isinstance(minutes, int | float) or isinstance(minutes, bool) or not 0 < minutes < 60 * 24 * 30:
        raise ConfigError(f"minutes={minutes!r} is no time: give a number above 0, such as 10")
    return float(minutes)


def whole_number(name: str, value: object) -> int:
    """Return a seed or a number of folds; ConfigError for anything else."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**32:
        raise ConfigError(f"{name}={value!r} is no whole number from 0 on: give one, such as 5")
    if name == "folds" and value == 1:
        raise ConfigError("folds=1 divides nothing: give at least 2, or 0 for none")
    return value


def settings_from(settings: object) -> Settings:
    """Return the settings of a dict such as {"split.test": 0.2}; ConfigError for anything else."""
    if not isinstance(settings, Mapping):
        raise ConfigError(f'settings={settings!r} is no dict: give {{"split.test": 0.2}}')
    return read_settings([f"{key}={_text(value)}" for key, value in settings.items()])


def _text(value: object) -> str:
    """Return a value as `--set` takes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
