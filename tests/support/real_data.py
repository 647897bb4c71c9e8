"""Where the real photos lie: beside the project, never in it."""

import os
from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def shared_data(name: str) -> Path:
    """Return ../shared/data/<name>; where it is absent the test is skipped, or fails on CI."""
    path = SHARED_DATA / name
    if not path.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{path} is absent, and CI must test on real data")
        pytest.skip(f"{path} is absent: the real photos are not beside this checkout")
    return path
