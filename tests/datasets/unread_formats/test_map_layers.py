"""Map layers beside photos are refused with the command that cuts both, and QuPath's GeoJSON is still read."""

from pathlib import Path

import pytest

from maskwright.datasets.opening import open_dataset
from maskwright.datasets.unread_formats.map_layers import is_map_geojson
from maskwright.errors import DataError
from tests.support.drawn_scenes import Feature, circle, geojson
from tests.support.truths import draw_photos

AT = {"degrees": (15.01, 48.7, 0.001), "metres": (500_123.0, 5_400_000.0, 30.0), "south": (-58.4, -34.6, 0.01)}


def features(place: str) -> list[Feature]:
    x, y, radius = AT[place]
    return [({"kind": "roof"}, [circle(x, y, radius)])]


@pytest.mark.parametrize("place", AT)
def test_geojson_of_a_map_is_refused_with_the_command_that_cuts_image_and_labels(tmp_path: Path, place: str) -> None:
    data = tmp_path / "data"
    draw_photos(data, "a.png")
    path = geojson(data / "a.geojson", features(place))
    assert is_map_geojson(path)
    with pytest.raises(DataError, match="is a map layer, which is not read: cut images and labels") as caught:
        open_dataset(data)
    assert f"maskwright cut {data / 'a.png'} --labels {path} --out {tmp_path / 'data-tiles'}" in str(caught.value)


def test_geojson_in_pixels_is_qupaths(tmp_path: Path) -> None:
    assert not is_map_geojson(geojson(tmp_path / "a.geojson", [({}, [circle(900.0, 700.0, 30.5)])]))
    near = {"classification": {"name": "Tumor"}, "objectType": "annotation"}
    assert not is_map_geojson(geojson(tmp_path / "b.geojson", [(near, [circle(50.0, 40.0, 30.5)])]))
    assert not is_map_geojson(geojson(tmp_path / "c.geojson", [({}, [[(10.0, 10.0), (40.0, 10.0), (40.0, 50.0)]])]))


@pytest.mark.parametrize(
    ("name", "words"), [("x.shp", "ogr2ogr .*x.gpkg .*x.shp; then cut"), ("x.gpkg", "cut images and")]
)
def test_other_layers_are_made_geopackages_first(tmp_path: Path, name: str, words: str) -> None:
    draw_photos(tmp_path, "a.png", "b.png")
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(DataError, match=f"is a map layer, which is not read: .*{words}.*maskwright cut {tmp_path} "):
        open_dataset(tmp_path)


def test_layers_named_as_the_images_beside_them_are_cut_together(tmp_path: Path) -> None:
    draw_photos(tmp_path, "a.png", "b.png")
    for name in "ab":
        geojson(tmp_path / f"{name}.geojson", features("metres"))
    with pytest.raises(DataError, match=f"maskwright cut {tmp_path} --labels {tmp_path} --out"):
        open_dataset(tmp_path)
