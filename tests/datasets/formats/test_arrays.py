"""Stacks of photos and masks in npy and npz files."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from maskwright.datasets.copies.duplicates import photo_files
from maskwright.datasets.opening import open_dataset
from maskwright.datasets.reader_types import ReadOptions
from maskwright.errors import DataError
from tests.support.drawn_layouts import photo, save, text


def stacks(count: int = 5) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    rng = np.random.default_rng(count)
    photos = rng.integers(0, 256, (count, 20, 30, 3), dtype=np.uint8)
    masks = np.zeros((count, 20, 30), np.uint8)
    for k in range(count):
        masks[k, 4 : 8 + k, 5:12] = 1
    return photos, masks


@pytest.mark.parametrize(("photos_name", "masks_name"), [("X_train", "Y_train"), ("images", "labels"), ("one", "two")])
def test_two_stacks_of_as_many_pictures_are_photos_and_masks(tmp_path: Path, photos_name: str, masks_name: str) -> None:
    photos, masks = stacks()
    np.save(tmp_path / f"{photos_name}.npy", photos)
    np.save(tmp_path / f"{masks_name}.npy", masks)
    data = open_dataset(tmp_path)
    assert (data.format, len(data)) == ("arrays", 5)
    assert all(np.array_equal(data.photo(s), photos[k]) for k, s in enumerate(data.samples))
    assert all(np.array_equal(data.mask(s), masks[k]) for k, s in enumerate(data.samples))
    assert len(photo_files(data.samples)) == 1


def test_parts_of_an_npz_are_a_given_split(tmp_path: Path) -> None:
    photos, masks = stacks()
    np.savez_compressed(
        tmp_path / "set.npz",
        train_images=photos,
        train_labels=masks,
        val_images=photos[:2, ::-1],
        val_labels=masks[:2, ::-1],
    )
    for path in (tmp_path, tmp_path / "set.npz"):
        data = open_dataset(path)
        assert [s.part for s in data.samples] == ["train"] * 5 + ["val"] * 2
        assert np.array_equal(data.mask(data.samples[6]), masks[1, ::-1])


def test_channels_first_and_one_hot_masks_are_read(tmp_path: Path) -> None:
    photos, masks = stacks()
    np.save(tmp_path / "X.npy", np.moveaxis(photos, 3, 1))
    np.save(tmp_path / "Y.npy", np.stack([masks == 0, masks == 1], axis=3).astype(np.uint8))
    data = open_dataset(tmp_path)
    assert np.array_equal(data.photo(data.samples[2]), photos[2])
    assert np.array_equal(data.mask(data.samples[2]), masks[2])


@pytest.mark.parametrize("layer_of_classes", [0, 1])
def test_of_two_layers_the_one_of_fewest_values_is_advised(tmp_path: Path, layer_of_classes: int) -> None:
    photos, masks = stacks()
    classes, objects = masks * 2 + (np.arange(masks.shape[2]) < 3), masks * 5 + np.arange(masks.shape[2]) % 4
    layers = [classes, objects] if layer_of_classes == 0 else [objects, classes]
    np.save(tmp_path / "X.npy", photos)
    np.save(tmp_path / "Y.npy", np.stack(layers, axis=3).astype(np.uint8))
    with pytest.raises(DataError, match=rf"\[\.\.\., {layer_of_classes}\]"):
        open_dataset(tmp_path)


def test_a_stack_without_masks_is_no_data_set(tmp_path: Path) -> None:
    np.save(tmp_path / "X.npy", stacks()[0])
    with pytest.raises(DataError, match="no photos"):
        open_dataset(tmp_path)


def test_an_npz_that_declares_more_than_fits_is_refused_in_a_line(tmp_path: Path) -> None:
    with (tmp_path / "h.npy").open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": (9, 70_000, 70_000)}
        np.lib.format.write_array_header_1_0(file, header)
    with zipfile.ZipFile(tmp_path / "h.npz", "w") as archive:
        archive.write(tmp_path / "h.npy", "x.npy")
    with pytest.raises(DataError, match=r"unpacks to 44\.1 GB"):
        open_dataset(tmp_path / "h.npz")


def grapes(root: Path, *, overlap: bool) -> list[NDArray[np.bool_]]:
    """Save photos with boxes of YOLO, some of them with an array of a layer a bunch of grapes."""
    unions = []
    for k in range(8):
        save(root / f"data/CDY_{k}.jpg", photo(k))
        text(root / f"data/CDY_{k}.txt", "0 0.5 0.5 0.2 0.2\n" * 3)
        layers = np.zeros((96, 128, 2 + k % 4), np.bool_)
        for place in range(layers.shape[2]):
            layers[10 + 15 * place : 22 + 15 * place + 8 * overlap, 20 + 9 * k : 50 + 9 * k, place] = True
        unions.append(np.asarray(layers.any(axis=2)))
        if k < 5:
            np.savez_compressed(root / f"data/CDY_{k}.npz", layers)
    text(root / "train.txt", "".join(f"CDY_{k}\n" for k in (0, 1, 2, 5)))
    text(root / "test.txt", "".join(f"CDY_{k}\n" for k in (3, 4, 6, 7)))
    return unions


@pytest.mark.parametrize("overlap", [False, True])
def test_arrays_of_a_layer_an_object_beside_boxes_are_asked_about_and_read_as_a_union(
    tmp_path: Path, *, overlap: bool
) -> None:
    unions = grapes(tmp_path, overlap=overlap)
    asked = "5 arrays, as CDY_0.npz, share pixels" if overlap else "seem to number single objects"
    with pytest.raises(DataError, match=rf"{asked}.*data\.objects=one"):
        open_dataset(tmp_path)
    data = open_dataset(tmp_path, options=ReadOptions(objects="one"))
    truths = [data.mask(sample) for sample in data.samples if sample.truth is not None]
    assert all(np.array_equal(mask, union) for mask, union in zip(truths, unions[:5], strict=True))
    assert [sample.part for sample in data.samples] == [*["train"] * 3, *["test"] * 2, "train", *["test"] * 2]
