from collections.abc import Sequence

import numpy as np

from maskwright.classes import class_table
from maskwright.diagnosis.evidence.from_arrays import read_pairs
from maskwright.diagnosis.hypotheses.scores.one_orientation import one_orientation_findings
from maskwright.findings.finding import Finding
from maskwright.imaging.mask_geometry import Mask

Pair = tuple[Mask, Mask]


def lying(seed: int, *, moved_px: int) -> Pair:
    """Return a disc on a photo of 60x90 px, and a prediction some px beside it."""
    rng = np.random.default_rng(seed)
    y, x = rng.uniform(20, 40), rng.uniform(25, 55)
    rows, columns = np.mgrid[:60, :90]
    truth = (np.hypot(rows - y, columns - x) < rng.uniform(10, 14)).astype(np.uint8)
    return truth, np.roll(truth, moved_px, axis=1)


def upright(seed: int, *, moved_px: int) -> Pair:
    truth, prediction = lying(seed, moved_px=moved_px)
    return np.rot90(truth).copy(), np.rot90(prediction).copy()


def found(pairs: Sequence[Pair]) -> list[Finding]:
    return one_orientation_findings(read_pairs(list(pairs), classes=class_table(("background", "disc"))))


def test_upright_photos_that_fail_among_lying_ones_are_named() -> None:
    pairs = [upright(i, moved_px=14) if i % 3 == 0 else lying(i, moved_px=1 + i % 2) for i in range(18)]
    (finding,) = found(pairs)
    assert finding.severity == "warning"
    assert len(finding.photos) == 6
    assert finding.evidence.startswith("the median IoU of the 6 upright photos is 0.")
    assert "label some upright photos" in finding.fix


def test_photos_that_are_alike_or_one_bad_photo_of_an_orientation_are_not_named() -> None:
    assert not found([upright(i, moved_px=2) if i % 3 == 0 else lying(i, moved_px=1 + i % 2) for i in range(18)])
    assert not found([upright(i, moved_px=2) if i < 7 else lying(i, moved_px=1 + i % 2) for i in range(18)])
    assert not found(
        [upright(i, moved_px=14 if i == 0 else 2) if i % 3 == 0 else lying(i, moved_px=2) for i in range(18)]
    )
    assert not found([upright(i, moved_px=14) if i < 3 else lying(i, moved_px=1) for i in range(18)])


def test_twice_the_errors_of_a_good_model_are_enough_and_square_photos_count_as_others() -> None:
    pairs = [upright(i, moved_px=3) if i % 3 == 0 else lying(i, moved_px=1) for i in range(15)]
    square = [(t[:, :60], p[:, :60]) for t, p in (lying(i, moved_px=1) for i in range(20, 24))]
    (finding,) = found([*pairs, *square])
    assert "that of the 14 others" in finding.evidence
    worse, better = (float(finding.evidence.split(words)[1][:5]) for words in ("photos is ", "others "))
    assert 0.1 <= better - worse < 0.2


def test_upright_photos_with_much_smaller_objects_prove_nothing() -> None:
    small = [upright(i, moved_px=2) for i in range(6)]
    small = [(np.pad(t[::3, ::3], ((0, 60), (0, 40))), np.pad(m[::3, ::3], ((0, 60), (0, 40)))) for t, m in small]
    assert not found([*[(t, np.roll(m, 5, axis=1)) for t, m in small], *[lying(i, moved_px=1) for i in range(12)]])


def test_good_predictions_beside_better_ones_are_no_failure() -> None:
    """The medians are about 0.89 and 0.95."""

    def enlarged(pair: Pair, moved_px: int) -> Pair:
        truth = np.kron(pair[0], np.ones((3, 3), np.uint8))
        return truth, np.roll(truth, moved_px, axis=0)

    pairs = [
        enlarged(upright(i, moved_px=0), 3 + i % 2) if i % 3 == 0 else enlarged(lying(i, moved_px=0), 1)
        for i in range(24)
    ]
    (finding,) = found(pairs)
    assert finding.severity == "note"
    assert "fail" not in finding.title
