"""Predictions whose header declares what no memory holds are refused before anything is allocated."""

from pathlib import Path

import pytest

from maskwright.diagnosis.evidence.stored_arrays import read_stored
from maskwright.errors import DataError


@pytest.mark.parametrize("shape", [f"({10**30},)", "(70000, 70000)", "(-1,)"])
def test_a_prediction_with_an_impossible_shape_is_one_line_with_its_name(tmp_path: Path, shape: str) -> None:
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    path = tmp_path / "prediction.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(100))
    with pytest.raises(DataError, match=r"prediction\.npy") as refused:
        read_stored(path)
    assert "\n" not in str(refused.value)
