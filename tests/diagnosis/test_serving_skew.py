from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from maskwright.diagnosis.serving_skew.find_skew import BATCH_STATISTICS, best_of, find_skew
from maskwright.diagnosis.serving_skew.image_values import floats
from maskwright.diagnosis.serving_skew.preprocessing_variants import IMAGENET, Undo
from maskwright.errors import DataError
from maskwright.imaging.mask_geometry import Mask

MEAN, STD = (np.array(v, dtype=np.float32) for v in IMAGENET)
Floats = NDArray[np.float32]


def scenes(count: int = 4) -> list[tuple[NDArray[np.uint8], Mask]]:
    """Return photos with an orange square among blue ones on grey noise; truth is the orange one."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(count):
        photo = rng.integers(90, 130, (48, 64, 3), dtype=np.uint8)
        truth = np.zeros((48, 64), dtype=np.uint8)
        y, x = int(rng.integers(2, 20)), int(rng.integers(2, 14))
        photo[y : y + 20, x : x + 14] = (220, 120, 40)
        truth[y : y + 20, x : x + 14] = 1
        photo[y + 2 : y + 18, x + 30 : x + 44] = (40, 120, 220)
        found.append((photo, truth))
    return found


def normalised(photos: NDArray[np.uint8]) -> Floats:
    return np.asarray((photos.astype(np.float32) / 255 - MEAN) / STD, dtype=np.float32)


def learnt(x: Floats) -> Floats:
    """Return NxHxW scores as of a network that learnt from normalised RGB: red, and not blue."""
    return np.asarray(np.minimum(np.minimum(x[..., 0] - 0.8, 2.2 - x[..., 0]), -x[..., 2] - 0.2), dtype=np.float32)


def serve(photos: NDArray[np.uint8]) -> Floats:
    """Return the scores of a whole, healthy model: it normalises by itself."""
    return learnt(normalised(photos))


def test_a_model_that_is_fed_as_it_was_trained_is_left_in_peace() -> None:
    assert find_skew(serve, scenes()) == []
    assert find_skew(learnt, [(normalised(photo), truth) for photo, truth in scenes()]) == []


def test_bgr_is_found_by_what_turning_it_back_recovers() -> None:
    (found,) = find_skew(serve, [(np.ascontiguousarray(photo[..., ::-1]), truth) for photo, truth in scenes()])
    assert found.code == "input-bgr"
    assert found.recovered_iou == pytest.approx(1.0, abs=0.02)
    assert "::-1" in found.fix


def test_photos_of_0_to_1_where_0_to_255_was_learnt() -> None:
    (found,) = find_skew(serve, [(photo.astype(np.float32) / 255, truth) for photo, truth in scenes()])
    assert found.code == "input-range"
    assert "x * 255" in found.fix


@pytest.mark.parametrize("top", [1.0, 255.0])
def test_a_missing_normalisation_is_named_with_its_numbers(top: float) -> None:
    (found,) = find_skew(learnt, [(photo.astype(np.float32) / 255 * top, truth) for photo, truth in scenes()])
    assert found.code == "normalisation-missing"
    assert "ImageNet" in found.fix


def test_a_model_that_normalises_again_is_found_on_normalised_photos() -> None:
    def again(x: Floats) -> Floats:
        return learnt(np.asarray((x - MEAN) / STD, dtype=np.float32))

    (found,) = find_skew(again, [(normalised(photo), truth) for photo, truth in scenes()])
    assert found.code == "normalised-twice"
    assert found.recovered_iou is not None
    assert found.recovered_iou > 0.5


def test_a_torch_model_left_in_training_mode_is_told_by_photos_alone_and_in_company() -> None:
    torch.manual_seed(0)  # before the model: other weights predict one class alone
    model = nn.Sequential(nn.BatchNorm2d(3, affine=False), nn.Conv2d(3, 1, 1))
    pairs = [
        (torch.from_numpy(photo).permute(2, 0, 1).float() * (1 + index), truth)
        for index, (photo, truth) in enumerate(scenes())
    ]
    for _ in range(50):
        model(torch.stack([image for image, _ in pairs]))
    (found,) = find_skew(model, pairs)
    assert found.code == "batchnorm-training"
    assert "model.eval()" in found.fix
    assert "batchnorm-training" not in [f.code for f in find_skew(model.eval(), pairs)]


def test_training_mode_is_told_even_where_all_photos_are_alike() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.BatchNorm2d(3, affine=False), nn.Conv2d(3, 1, 1))
    pairs = [(torch.from_numpy(photo).permute(2, 0, 1).float(), truth) for photo, truth in scenes(1) * 4]
    for _ in range(50):
        model(torch.stack([image for image, _ in pairs]))
    assert [f.code for f in find_skew(model, pairs)] == ["batchnorm-training"]
    assert "batchnorm-training" not in [f.code for f in find_skew(model.eval(), pairs)]


def test_tensors_are_turned_and_scaled_as_arrays_are() -> None:
    def on_tensors(x: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(serve(x.permute(0, 2, 3, 1).numpy().astype(np.uint8)))[:, None]

    pairs = [(torch.from_numpy(photo.copy()).permute(2, 0, 1)[[2, 1, 0]], truth) for photo, truth in scenes()]
    (found,) = find_skew(on_tensors, pairs)
    assert found.code == "input-bgr"


def test_a_model_of_no_use_is_not_blamed_on_how_it_is_fed() -> None:
    assert find_skew(lambda x: np.zeros(x.shape[:3], dtype=np.uint8), scenes()) == []


def test_one_pair_and_photos_of_two_axes_are_refused() -> None:
    with pytest.raises(DataError, match="at least 2 pairs"):
        find_skew(serve, scenes(1))
    photo, truth = scenes(1)[0]
    with pytest.raises(DataError, match="give HxWx3"):
        find_skew(serve, [(photo[..., 0], truth), (photo[..., 0], truth)])


def test_photos_of_different_sizes_are_fed_one_by_one() -> None:
    pairs = [(photo[: 44 - place], truth[: 44 - place]) for place, (photo, truth) in enumerate(scenes())]
    assert find_skew(serve, pairs) == []
    (found,) = find_skew(serve, [(np.ascontiguousarray(photo[..., ::-1]), truth) for photo, truth in pairs])
    assert found.code == "input-bgr"


class Answer:
    def __init__(self, logits: Floats) -> None:
        self.logits = logits


@pytest.mark.parametrize("wrap", [lambda y: {"out": y}, lambda y: (y, None), lambda y: [y], Answer])
def test_answers_in_a_dict_a_tuple_or_an_object_are_read(wrap: Callable[[Floats], object]) -> None:
    served = [(np.ascontiguousarray(photo[..., ::-1]), truth) for photo, truth in scenes()]
    assert [f.code for f in find_skew(lambda x: wrap(serve(x)), served)] == ["input-bgr"]


def test_answers_smaller_than_the_truth_are_enlarged() -> None:
    served = [(np.ascontiguousarray(photo[..., ::-1]), truth) for photo, truth in scenes()]
    assert [f.code for f in find_skew(lambda x: serve(x)[:, ::4, ::4], served)] == ["input-bgr"]


def test_photos_of_one_channel_are_taken() -> None:
    grey = [(photo[..., :1].astype(np.float32) / 255, truth) for photo, truth in scenes()]
    (found,) = find_skew(lambda x: x[..., 0] - 200, grey)
    assert found.code == "input-range"


CAFFE = np.array([103.939, 116.779, 123.68], np.float32)


@pytest.mark.parametrize(
    ("fed", "code"),
    [
        (lambda p: p.astype(np.float32) / 127.5 - 1, "normalisation-other"),
        (lambda p: p.astype(np.float32) / 255 - MEAN, "normalisation-other"),
        (lambda p: p[..., ::-1].astype(np.float32) - CAFFE, "normalisation-other"),
        (lambda p: normalised(p).transpose(2, 0, 1).reshape(48, 64, 3), "input-layout"),
        (lambda p: normalised(p).transpose(1, 0, 2).reshape(48, 64, 3), "input-layout"),
        (lambda p: normalised(np.ascontiguousarray(p[..., ::-1])), "input-bgr"),
    ],
)
def test_each_way_of_feeding_wrongly_is_named(fed: Callable[[NDArray[np.uint8]], Floats], code: str) -> None:
    (found,) = find_skew(learnt, [(np.ascontiguousarray(fed(photo)), truth) for photo, truth in scenes()])
    assert found.code == code


def test_spoilt_running_averages_are_found_by_the_batchs_own() -> None:
    torch.manual_seed(0)
    norm = nn.BatchNorm2d(3)
    conv = nn.Conv2d(3, 1, 1)
    model = nn.Sequential(norm, conv).eval()
    with torch.no_grad():
        conv.weight[:] = torch.tensor([1.0, 0.0, -1.0])[None, :, None, None]
        assert conv.bias is not None
        assert norm.running_mean is not None
        conv.bias[:] = -2
        norm.running_mean[:] = torch.tensor([-3.0, 0.0, 8.0])
    pairs = [(torch.from_numpy(normalised(photo)).permute(2, 0, 1), truth) for photo, truth in scenes()]
    (found,) = find_skew(model, pairs)
    assert found.code == "batchnorm-averages"
    assert not norm.training


def test_a_small_gain_counts_where_nearly_all_of_enough_photos_have_it() -> None:
    """Served BGR, a model that only gets the rim of its objects wrong by it."""

    def rim(x: NDArray[np.uint8]) -> Floats:
        red = (x[..., 0] > 180) | (x[..., 2] > 180) & (x[..., 0] < 60)
        turned = x[..., 0].astype(int) < x[..., 2]
        out = np.asarray(red, dtype=np.float32) - 0.5
        for mask, blue in zip(out, turned, strict=True):
            rows = np.flatnonzero((mask > 0).any(axis=1))
            if len(rows) and (blue & (mask > 0)).any():
                mask[rows[0]] = -0.5
        return out

    orange = [(np.where((truth == 1)[..., None], photo, 110).astype(np.uint8), truth) for photo, truth in scenes(8)]
    served = [(np.ascontiguousarray(photo[..., ::-1]), truth) for photo, truth in orange]
    assert find_skew(rim, orange) == []
    (found,) = find_skew(rim, served)
    assert found.code == "input-bgr"
    assert found.recovered_iou == pytest.approx(0.05, abs=0.02)


def test_a_plain_way_is_named_before_a_rare_one_that_gains_hardly_more() -> None:
    plain, rare = Undo("normalised-twice", "x * std + mean", floats), Undo("input-range", "x / x.max()", floats, 0.03)
    small, larger = np.full(4, 0.027), np.full(4, 0.033)
    chosen = best_of([(plain, small), (rare, larger)])
    assert chosen is not None
    assert chosen[0] is plain
    assert best_of([(plain, small), (rare, np.full(4, 0.2))])[0] is rare  # type: ignore[index]
    assert best_of([(plain, small)]) is None


def test_a_mean_and_std_of_0_to_1_taken_from_0_to_255_is_found() -> None:
    fed = [((photo.astype(np.float32) - MEAN) / STD, truth) for photo, truth in scenes()]
    (found,) = find_skew(learnt, fed)
    assert found.code == "normalisation-other"
    assert found.recovered_iou == pytest.approx(1.0, abs=0.05)


def test_photos_standardised_one_by_one_in_training_are_found() -> None:
    def of_own_numbers(x: Floats) -> Floats:
        return np.asarray(x[..., 0] - 1.5, dtype=np.float32)

    factors = (0.35, 0.5, 0.65, 0.8)
    lit = [((photo * f).astype(np.uint8), truth) for f, (photo, truth) in zip(factors, scenes(), strict=True)]
    (found,) = find_skew(of_own_numbers, lit)
    assert "of each photo by itself" in found.fix


def test_photos_standardised_one_by_one_where_fixed_numbers_were_learnt_are_found() -> None:
    fed = []
    for photo, truth in scenes():
        photo[0, 0], photo[0, 1] = 0, 255
        plain = photo.astype(np.float32)
        fed.append(((plain - plain.mean()) / plain.std(), truth))
    (found,) = find_skew(learnt, fed)
    assert found.code == "normalisation-other"
    assert "of photos in 0..1, instead of each photo's own mean and std" in found.fix


def test_light_and_dark_exchanged_is_found() -> None:
    def darker_is_object(x: NDArray[np.uint8]) -> Floats:
        return np.asarray(60.0 - x.mean(axis=-1), dtype=np.float32)

    dark = [(np.where(truth[..., None] == 1, 30, photo).astype(np.uint8), truth) for photo, truth in scenes()]
    (found,) = find_skew(darker_is_object, [(255 - photo, truth) for photo, truth in dark])
    assert "light and dark are exchanged" in found.evidence


def test_photos_of_16_bits_fed_to_a_model_of_8_are_found() -> None:
    (found,) = find_skew(serve, [(photo.astype(np.uint16) * 257, truth) for photo, truth in scenes()])
    assert found.code == "input-range"


def test_rows_and_columns_exchanged_are_found_on_square_photos() -> None:
    square = [(photo[:, :48], truth[:, :48]) for photo, truth in scenes()]
    (found,) = find_skew(serve, [(photo.transpose(1, 0, 2).copy(), truth) for photo, truth in square])
    assert found.code == "input-layout"
    assert "rows and columns" in found.fix


def test_a_batchs_own_statistics_must_beat_a_plain_way_clearly_since_they_undo_shifts_and_scales_too() -> None:
    plain = Undo("normalisation-other", "subtract the mean", lambda image: image)
    little, much = np.full(8, 0.38), np.full(8, 0.6)
    assert best_of([(plain, np.full(8, 0.3)), (BATCH_STATISTICS, little)])[0] is plain  # type: ignore[index]
    assert best_of([(plain, np.full(8, 0.3)), (BATCH_STATISTICS, much)])[0] is BATCH_STATISTICS  # type: ignore[index]
    assert best_of([(plain, np.zeros(8)), (BATCH_STATISTICS, little)])[0] is BATCH_STATISTICS  # type: ignore[index]
