"""What the numbers of rasters and the names of polygons mean."""

from pathlib import Path

import numpy as np
import pytest

from maskwright.classes import ClassRow
from maskwright.datasets.map_layers.layer import MapLayer, rings_of
from maskwright.errors import DataError
from maskwright.workflows.cut.class_numbers import numbering_of_polygons, numbering_of_rasters
from maskwright.workflows.cut.raster_masks import StoredValues

PATH = Path("labels.tif")


@pytest.mark.parametrize(
    ("values", "nodata", "ignore", "names", "ids"),
    [
        ((0, 1), None, None, ("background", "object"), {0: 0, 1: 1}),
        ((0, 255), None, None, ("background", "object"), {0: 0, 255: 1}),
        ((0, 1, 255), None, None, ("background", "object"), {0: 0, 1: 1}),
        ((0, 1), 0, None, ("background", "object"), {0: 0, 1: 1}),
        ((0, 3, 7), None, None, ("background", "class 3", "class 7"), {0: 0, 3: 1, 7: 2}),
        ((0, 3, 7), 0, 0, ("class 3", "class 7"), {3: 0, 7: 1}),
        ((0, 3, 7), 0, 255, ("background", "class 3", "class 7"), {0: 0, 3: 1, 7: 2}),
        ((0, 3, 7, -9999), -9999, None, ("background", "class 3", "class 7"), {0: 0, 3: 1, 7: 2}),
        ((1, 2, 255), 255, None, ("class 1", "class 2"), {1: 0, 2: 1}),
    ],
)
def test_numbers_of_rasters_are_classes(
    values: tuple[int, ...], nodata: int | None, ignore: int | None, names: tuple[str, ...], ids: dict[int, int]
) -> None:
    stored = StoredValues(dict.fromkeys(values, 9), nodata)
    found = numbering_of_rasters({PATH: stored}, (), None, ignore=ignore, as_one=False)
    assert found.classes.names == names
    assert found.ids == ids


@pytest.mark.parametrize(
    ("values", "nodata", "words"),
    [
        ((0, 1, 2), 0, "--set data.ignore=0 where it is not labelled, --set data.ignore=255"),
        ((0,), None, "give class numbers"),
        ((0, 255), 255, "give class numbers"),
        ((0, -3), None, "give class numbers"),
        (tuple(range(300)), None, "give class numbers"),
    ],
)
def test_numbers_that_are_no_classes_are_refused(values: tuple[int, ...], nodata: int | None, words: str) -> None:
    with pytest.raises(DataError, match=words):
        numbering_of_rasters(
            {PATH: StoredValues(dict.fromkeys(values, 9), nodata)}, (), None, ignore=None, as_one=False
        )


def test_a_list_names_the_numbers_and_one_that_lacks_a_number_is_refused() -> None:
    listed = (ClassRow(5, "house"), ClassRow(0, "background"), ClassRow(9, "cloud", ignore=True))
    table = Path("classes.csv")
    found = numbering_of_rasters({PATH: StoredValues({0: 1, 5: 1, 9: 1})}, listed, table, ignore=None, as_one=False)
    assert found.classes.names == ("background", "house")
    assert found.ids == {0: 0, 5: 1}
    with pytest.raises(DataError, match=r"classes.csv does not list 6, .*data.ignore=NUMBER"):
        numbering_of_rasters({PATH: StoredValues({0: 1, 6: 1})}, listed, table, ignore=None, as_one=False)


def layer(*kinds: str) -> MapLayer:
    square = np.array([(0.0, 0.0), (4.0, 0.0), (4.0, 4.0)])
    return MapLayer(Path("a.gpkg"), rings_of([[square]] * len(kinds)), {"kind": list(kinds)} if any(kinds) else {})


def test_names_of_polygons_are_classes_in_natural_order_and_one_without_a_name_is_ignored() -> None:
    one = layer("class10", "", "class2", "Background", "Ignore*")
    found = numbering_of_polygons([one], attribute="kind", as_one=False)
    assert found.classes.names == ("background", "class2", "class10")
    assert found.of_layer(one).tolist() == [2, 255, 1, 0, 255]
    assert "1 polygons have no kind" in found.said[1]
    plain = layer("", "")
    assert numbering_of_polygons([plain], attribute=None, as_one=False).of_layer(plain).tolist() == [1, 1]
    with pytest.raises(DataError, match="no polygon"):
        numbering_of_polygons([layer()], attribute=None, as_one=False)
    with pytest.raises(DataError, match="0 classes"):
        numbering_of_polygons([layer("background")], attribute="kind", as_one=False)
