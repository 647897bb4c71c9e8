from pathlib import Path

import pytest
import torch

from maskwright.errors import OutputError
from maskwright.models.weights.tensor_files import save_tensors


def test_a_file_that_cannot_grow_is_refused_with_the_systems_reason(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 18, hard))
    try:
        with pytest.raises(OutputError, match=r"checkpoint\.pt: File too large; free some space"):
            save_tensors(tmp_path / "checkpoint.pt", {"net": torch.zeros(1 << 19)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []
