"""What a person and a torch DataLoader do with a dataset."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torch.utils.data import DataLoader

import maskwright as mw
from tests.support.drawn import disc_photos, via_csv


def test_a_dataset_gives_photos_with_masks_by_index_by_name_and_in_a_loop(discs: Path) -> None:
    dataset = mw.open_dataset(discs)
    photo, mask = dataset[0]
    assert photo.shape == (96, 128, 3)
    assert mask.shape == (96, 128)
    assert np.array_equal(dataset["disc05.png"].photo, dataset[-1].photo)
    assert [int(example.mask.max()) for example in dataset] == [1] * 6
    smaller = dataset[1:3]
    assert isinstance(smaller, mw.Dataset)
    assert [sample.name for sample in smaller.samples] == ["disc01.png", "disc02.png"]


def test_what_is_not_in_a_dataset_is_refused(discs: Path) -> None:
    dataset = mw.open_dataset(discs)
    with pytest.raises(IndexError):
        dataset[6]
    with pytest.raises(mw.MaskwrightError, match=r"no photo 'disc9\.png'.*disc00\.png"):
        dataset["disc9.png"]


def test_a_photo_without_annotation_is_refused_and_annotated_leaves_it_out(tmp_path: Path) -> None:
    drawn = disc_photos(tmp_path / "discs", count=3)
    via_csv(drawn)
    Image.new("RGB", (20, 20)).save(drawn.root / "other.png")
    dataset = mw.open_dataset(drawn.root)
    with pytest.raises(mw.MaskwrightError, match=r"other\.png has no annotation"):
        list(dataset)
    assert len(list(dataset.annotated)) == 3
    assert "4 photos, 3 of them annotated" in repr(dataset)
    assert "other.png has no annotation" in dataset._repr_html_()


def test_a_torch_data_loader_makes_batches_of_a_dataset(discs: Path) -> None:
    loader: DataLoader[mw.Example] = DataLoader(mw.open_dataset(discs), batch_size=4, shuffle=True)  # type: ignore[arg-type]
    shapes = [(tuple(batch.photo.shape), tuple(batch.mask.shape)) for batch in loader]
    assert shapes == [((4, 96, 128, 3), (4, 96, 128)), ((2, 96, 128, 3), (2, 96, 128))]


def test_representations_are_short_and_those_for_notebooks_hold_pictures_and_tables(discs: Path) -> None:
    dataset = mw.open_dataset(discs)
    findings = mw.check(dataset)
    evaluation = mw.evaluate(lambda photo: (photo[..., 0] > 128).astype(np.uint8), dataset)
    for value in (dataset, dataset.samples[0], dataset[0], evaluation, findings[0]):
        assert len(repr(value)) < 200, value
        assert "array(" not in repr(value)
    assert dataset._repr_html_().count("data:image/jpeg;base64,") == 6
    assert dataset[0]._repr_html_().count("data:image/jpeg;base64,") == 1
    assert "disc05.png" in dataset._repr_html_()
    assert re.search(r"<td[^>]*>disc</td><td[^>]*>0\.9", evaluation._repr_html_())
    assert findings[0].title in mw.check(dataset)._repr_html_()


def test_show_writes_a_page_and_opens_it(discs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    page = mw.open_dataset(discs).show()
    assert page is not None
    assert opened == [page.as_uri()]
    assert "disc05.png" in page.read_text()
    page.unlink()
