"""Cutting drawn GeoTIFFs, against rasterio's own rasterize and warping."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio
from PIL import Image
from rasterio.features import rasterize
from rasterio.transform import Affine
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform, transform_geom

from maskwright.datasets.opening import open_dataset
from maskwright.datasets.splitting.split import split
from maskwright.errors import ConfigError, DataError
from maskwright.imaging.maps.large_windows import LargeScene, opened
from maskwright.workflows.cut.cut import CutResult, cut
from maskwright.workflows.cut.sources import LabelChoice
from tests.support.drawn_scenes import (
    ORIGIN,
    SYSTEM,
    Feature,
    circle,
    geojson,
    geopackage,
    on_ground,
    placed,
    random_features,
    scene,
    truth_of,
    write_raster,
)

pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")  # rasterio's own
SIZE_HW = (900, 1300)
IDS = {"house": 1, "pond": 2}


@pytest.fixture(scope="module")
def features() -> list[Feature]:
    return random_features(SIZE_HW, 60)


@pytest.fixture(scope="module")
def image(features: list[Feature], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scene(
        tmp_path_factory.mktemp("image") / "scene.tif", features, SIZE_HW, tiled=True, blockxsize=256, blockysize=256
    )


def written(out: Path) -> Iterator[tuple[Path, np.ndarray, np.ndarray, tuple[int, int]]]:
    """Yield each tile's path, its mask, its pixels HxWx3, and its left and top in the image."""
    paths = sorted((out / "images").rglob("*.tif"))
    assert len(paths) == len(sorted((out / "masks").rglob("*.png")))
    for path in paths:
        mask_path = (out / "masks" / path.relative_to(out / "images")).with_suffix(".png")
        left, top = (int(part[1:]) for part in path.stem.split("_")[-2:])
        with Image.open(mask_path) as mask, opened(path) as tile:
            yield path, np.array(mask), np.moveaxis(tile.read(), 0, 2), (left, top)


def wrong_pixels(out: Path, truth: np.ndarray) -> int:
    """Return how many pixels of the masks are not those of an image's truth; what is ignored does not count."""
    wrong = 0
    for _, mask, _, (left, top) in written(out):
        same = mask == truth[top : top + mask.shape[0], left : left + mask.shape[1]]
        wrong += int((~same & (mask != 255)).sum())
    return wrong


def test_tiles_have_the_pixels_the_place_and_the_labels_of_the_image(
    image: Path, features: list[Feature], tmp_path: Path
) -> None:
    labels = geopackage(tmp_path / "labels.gpkg", placed(features), 32633)
    result = cut(image, labels, tmp_path / "out", size_px=256)
    truth = truth_of(features, SIZE_HW, IDS)
    assert wrong_pixels(tmp_path / "out", truth) == 0
    with rasterio.open(image) as whole:
        everything = np.moveaxis(whole.read(), 0, 2)
        for path, mask, pixels, (left, top) in written(tmp_path / "out"):
            assert mask.shape == (256, 256)
            assert (pixels == everything[top : top + 256, left : left + 256]).all()
            with rasterio.open(path) as tile:
                assert tile.crs == whole.crs
                assert tile.transform.almost_equals(Affine(0.5, 0, 500_000 + left / 2, 0, -0.5, 5_400_000 - top / 2))
    assert result.long_side_px == 256
    assert (tmp_path / "out" / "classes.csv").read_text().startswith("id,name,colour,ignore\n0,background")
    assert not (tmp_path / "out" / ".unfinished").exists()


def test_polygons_in_another_coordinate_system_are_reprojected(
    image: Path, features: list[Feature], tmp_path: Path
) -> None:
    degrees: list[Feature] = []
    for values, rings in placed(features):
        moved = [list(zip(*transform(SYSTEM, "EPSG:4326", *zip(*ring, strict=True)), strict=True)) for ring in rings]
        degrees.append((values, moved))
    shapes = [
        (transform_geom("EPSG:4326", SYSTEM, {"type": "Polygon", "coordinates": rings}), IDS[str(values["class"])])
        for values, rings in degrees
    ]
    truth = rasterize(shapes, out_shape=SIZE_HW, transform=ORIGIN, fill=0, dtype="uint8")
    for labels in (
        geopackage(tmp_path / "a.gpkg", degrees, 4326),
        geojson(tmp_path / "b.geojson", degrees),
        geojson(tmp_path / "c.geojson", degrees, "urn:ogc:def:crs:OGC:1.3:CRS84"),
    ):
        cut(image, labels, tmp_path / labels.stem, size_px=256)
        assert wrong_pixels(tmp_path / labels.stem, truth) == 0


def lines_of(image: Path, labels: Path, out: Path, **flags: object) -> tuple[CutResult, list[str]]:
    """Return the result of cutting, and what was said on the way."""
    from maskwright.workflows.progress.screen import Screen

    lines: list[str] = []
    result = cut(image, labels, out, screen=Screen(lines.append, lambda _: lambda _: None), **flags)  # type: ignore[arg-type]
    return result, lines


def test_polygons_without_a_system_may_be_pixels_down_or_up_as_qgis_shows_them(
    features: list[Feature], tmp_path: Path
) -> None:
    plain = scene(tmp_path / "plain.tif", features, SIZE_HW, crs=None, transform=None)
    upwards: list[Feature] = [(values, [[(x, -y) for x, y in ring] for ring in rings]) for values, rings in features]
    truth = truth_of(features, SIZE_HW, IDS)
    for labels, word in (
        (geojson(tmp_path / "a.geojson", features), "y down"),
        (geopackage(tmp_path / "b.gpkg", upwards, None), "as QGIS shows"),
        (geopackage(tmp_path / "c.gpkg", upwards, 4326), "as QGIS shows"),
    ):
        _, lines = lines_of(plain, labels, tmp_path / labels.stem, size_px=256)
        assert any(word in line for line in lines)
        assert wrong_pixels(tmp_path / labels.stem, truth) == 0


def test_every_tile_and_every_polygon_is_accounted_for(image: Path, tmp_path: Path) -> None:
    here: list[Feature] = [({"class": "house"}, [circle(100 + 300 * i, 100, 30)]) for i in range(4)]
    outside: list[Feature] = [({"class": "house"}, [circle(-500, 100, 30)])]
    tiny: list[Feature] = [({"class": "house"}, [circle(60.0, 200.0, 0.2)])]
    hidden: list[Feature] = [({"class": "pond"}, [circle(100, 100, 10)])]
    between: list[Feature] = [({"class": "house"}, [circle(520, 700, 3)])]
    labels = geopackage(tmp_path / "labels.gpkg", placed([*hidden, *here, *outside, *tiny, *between]), 32633)
    result = cut(image, labels, tmp_path / "out", size_px=256)
    tiles, polygons, pixels, *_ = result.said
    assert tiles == "scene.tif: 1,300 x 900 px, 20 tiles of 256 x 256 px: 4 written, 16 left out without labels"
    assert result.tiles == 4
    assert polygons == (
        "8 polygons: 4 in the masks, 1 outside the images, 1 in the gaps between blocks, 2 without a pixel of their "
        "own (too small, under others, outside the area, or where the image has no data)"
    )
    assert pixels.startswith("pixels: background 9")


def test_outside_the_annotated_area_nothing_counts_and_inside_the_rest_is_background(
    image: Path, features: list[Feature], tmp_path: Path
) -> None:
    labels = geopackage(tmp_path / "labels.gpkg", placed(features), 32633)
    box = [(100.0, 50.0), (700.0, 50.0), (700.0, 500.0), (100.0, 500.0)]
    area = geojson(tmp_path / "area.geojson", placed([({}, [box])]), SYSTEM)
    cut(image, labels, tmp_path / "out", size_px=256, choice=LabelChoice(area=area))
    truth = np.full(SIZE_HW, 255, dtype=np.uint8)
    truth[50:500, 100:700] = truth_of(features, SIZE_HW, IDS)[50:500, 100:700]
    tiles = list(written(tmp_path / "out"))
    assert tiles
    for _, mask, _, (left, top) in tiles:
        assert (mask == truth[top : top + 256, left : left + 256]).all()


def test_the_labels_as_their_own_area_make_all_count_that_is_drawn_and_nothing_else(
    image: Path, features: list[Feature], tmp_path: Path
) -> None:
    labels = geopackage(tmp_path / "labels.gpkg", placed(features), 32633)
    cut(image, labels, tmp_path / "out", size_px=256, choice=LabelChoice(area=labels))
    truth = truth_of(features, SIZE_HW, IDS)
    for _, mask, _, (left, top) in written(tmp_path / "out"):
        drawn = truth[top : top + 256, left : left + 256]
        assert (mask == np.where(drawn == 0, 255, drawn - 1)).all()
    classes = open_dataset(tmp_path / "out").classes
    assert (classes.names, classes.background) == (("house", "pond"), None)
    with pytest.raises(DataError, match="inside of the area all is object"):
        cut(image, labels, tmp_path / "one", size_px=256, choice=LabelChoice(area=labels, as_one=True))


def test_what_qupath_calls_a_region_is_the_annotated_area(features: list[Feature], tmp_path: Path) -> None:
    slide = scene(tmp_path / "slide.tif", features, SIZE_HW, crs=None, transform=None)
    box = [(100.0, 50.0), (700.0, 50.0), (700.0, 500.0), (100.0, 500.0)]
    named: list[Feature] = [({"classification": {"name": values["class"]}}, rings) for values, rings in features]
    region: Feature = ({"classification": {"name": "Region*"}, "objectType": "annotation"}, [box])
    result, lines = lines_of(
        slide, geojson(tmp_path / "slide.geojson", [region, *named]), tmp_path / "out", size_px=256
    )
    truth = np.full(SIZE_HW, 255, dtype=np.uint8)
    truth[50:500, 100:700] = truth_of(features, SIZE_HW, IDS)[50:500, 100:700]
    for _, mask, _, (left, top) in written(tmp_path / "out"):
        assert (mask == truth[top : top + 256, left : left + 256]).all()
    assert any(line == "classes by the attribute classification: house, pond" for line in lines)
    assert not any("--area" in line for line in lines)
    assert result.said[1].startswith("60 polygons: ")


def raster(
    path: Path, pixels: np.ndarray, *, crs: str | None = SYSTEM, place: Affine | None = ORIGIN, **facts: object
) -> Path:
    return write_raster(path, pixels[None], crs=crs, transform=place, **facts)


def test_a_raster_of_the_same_grid_gives_its_numbers(image: Path, features: list[Feature], tmp_path: Path) -> None:
    truth = truth_of(features, SIZE_HW, {"house": 3, "pond": 7})
    truth[:300] = 255
    (tmp_path / "classes.csv").write_text("id,name\n0,ground\n3,house\n7,pond\n")
    labels = raster(tmp_path / "labels.tif", truth, nodata=255)
    cut(image, labels, tmp_path / "out", size_px=256)
    names = [line.split(",")[1] for line in (tmp_path / "out" / "classes.csv").read_text().splitlines()[1:]]
    number = {name: i for i, name in enumerate(names)}
    wanted = truth_of(features, SIZE_HW, {"house": number["house"], "pond": number["pond"]})
    wanted[:300] = 255
    for _, mask, _, (left, top) in written(tmp_path / "out"):
        assert (mask == wanted[top : top + 256, left : left + 256]).all()


def test_a_raster_of_another_grid_and_system_is_brought_to_the_image(
    image: Path, features: list[Feature], tmp_path: Path
) -> None:
    truth = truth_of(features, SIZE_HW, IDS)
    labels = raster(tmp_path / "utm.tif", truth)
    with (
        rasterio.open(labels) as file,
        WarpedVRT(file, crs="EPSG:3857", resampling=rasterio.enums.Resampling.nearest) as vrt,
    ):
        other = raster(tmp_path / "other.tif", vrt.read(1), crs="EPSG:3857", place=vrt.transform)
    cut(image, other, tmp_path / "out", size_px=256)
    wrong = wrong_pixels(tmp_path / "out", truth)
    assert wrong < 0.02 * truth.size  # two nearest neighbours in a row move edges by a pixel
    with rasterio.open(other) as file, rasterio.open(image) as whole:
        facts = {"crs": whole.crs, "transform": whole.transform, "width": whole.width, "height": whole.height}
        with WarpedVRT(file, **facts, resampling=rasterio.enums.Resampling.nearest) as vrt:
            again = vrt.read(1)
    assert wrong_pixels(tmp_path / "out", again) <= 0.0005 * truth.size


def test_where_the_image_has_no_data_nothing_counts(features: list[Feature], tmp_path: Path) -> None:
    path = scene(tmp_path / "scene.tif", features, SIZE_HW, nodata=0)
    with rasterio.open(path, "r+") as file:
        pixels = file.read()
        pixels[:, :, :600] = 0
        file.write(pixels)
    labels = raster(tmp_path / "labels.tif", truth_of(features, SIZE_HW, IDS))
    result = cut(path, labels, tmp_path / "out", size_px=256)
    assert "left out without image data" in result.said[0]
    for _, mask, _, (left, _) in written(tmp_path / "out"):
        assert (mask[:, : max(0, 600 - left)] == 255).all()
        assert (mask[:, max(0, 600 - left) :] != 255).all()


def test_a_killed_command_leaves_nothing_to_be_trained_on_and_goes_on(
    image: Path, features: list[Feature], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = geopackage(tmp_path / "labels.gpkg", placed(features), 32633)
    whole = cut(image, labels, tmp_path / "whole", size_px=256)
    write = LargeScene.write_tile
    done: list[Path] = []

    def killed(self: LargeScene, file: Path, *rest: object) -> None:
        if len(done) == 7:
            raise KeyboardInterrupt
        done.append(file)
        write(self, file, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(LargeScene, "write_tile", killed)
    with pytest.raises(KeyboardInterrupt):
        cut(image, labels, tmp_path / "out", size_px=256)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".unfinished"]
    with pytest.raises(DataError, match="holds unfinished tiles: repeat the `maskwright cut`"):
        open_dataset(tmp_path / "out")
    with pytest.raises(ConfigError, match="unfinished tiles of another command"):
        cut(image, labels, tmp_path / "out", size_px=512)
    monkeypatch.setattr(LargeScene, "write_tile", write)
    again = cut(image, labels, tmp_path / "out", size_px=256)
    assert again.said == whole.said
    files = [
        {p.relative_to(out): p.read_bytes() for p in out.rglob("*") if p.is_file()}
        for out in (tmp_path / "out", tmp_path / "whole")
    ]
    assert files[0] == files[1]
    with pytest.raises(ConfigError, match="holds files already"):
        cut(image, labels, tmp_path / "out", size_px=256)


def test_a_split_keeps_blocks_together_and_test_tiles_apart_from_training_tiles(tmp_path: Path) -> None:
    size_hw = (2200, 2200)
    features = random_features(size_hw, 900)
    image = scene(tmp_path / "scene.tif", features, size_hw)
    cut(image, geopackage(tmp_path / "labels.gpkg", placed(features), 32633), tmp_path / "out", size_px=128)
    parts = split(open_dataset(tmp_path / "out"))
    assert parts.test is not None
    boxes = [np.array([sample_corner(s.name) for s in part.samples]) for part in (parts.train, parts.test)]
    apart = np.abs(boxes[0][:, None] - boxes[1][None]).max(axis=2) - 128
    assert apart.min() >= 16
    blocks = [{s.name.rpartition("/")[0] for s in part.samples} for part in (parts.train, parts.test)]
    assert not blocks[0] & blocks[1]


def sample_corner(name: str) -> tuple[int, int]:
    left, top = (int(part[1:]) for part in Path(name).stem.split("_")[-2:])
    return left, top


def test_folders_of_images_and_labels_of_the_same_names_become_one_dataset(tmp_path: Path) -> None:
    (tmp_path / "scenes").mkdir()
    (tmp_path / "labels").mkdir()
    for number, name in enumerate(("north", "south", "bare")):
        features = random_features((400, 500), 20, seed=number)
        scene(tmp_path / "scenes" / f"{name}.tif", features, (400, 500))
        if name != "bare":
            geopackage(tmp_path / "labels" / f"{name}.gpkg", placed(features), 32633)
    result, lines = lines_of(tmp_path / "scenes", tmp_path / "labels", tmp_path / "out", size_px=128)
    assert any("1 images have no labels" in line and "bare.tif" in line for line in lines)
    dataset = open_dataset(tmp_path / "out")
    assert dataset.classes.names == ("background", "house", "pond")
    assert len(dataset) == result.tiles
    assert {s.group.split("/")[1] for s in dataset.samples if s.group} == {"north", "south"}


def test_images_and_polygons_of_the_same_names_may_lie_in_one_folder_and_shared_ground_is_warned_of(
    tmp_path: Path,
) -> None:
    (tmp_path / "data").mkdir()
    for number, name in enumerate(("a", "b")):
        features = random_features((300, 400), 12, seed=number)
        scene(tmp_path / "data" / f"{name}.tif", features, (300, 400))
        geopackage(tmp_path / "data" / f"{name}.gpkg", placed(features), 32633)
    result, lines = lines_of(tmp_path / "data", tmp_path / "data", tmp_path / "out", size_px=128)
    assert result.tiles == len(list(written(tmp_path / "out")))
    assert any("a.tif and b.tif show the same ground in part" in line for line in lines)


def test_one_raster_on_the_ground_labels_several_images(tmp_path: Path) -> None:
    features = random_features((300, 800), 40)
    truth = truth_of(features, (300, 800), IDS)
    (tmp_path / "scenes").mkdir()
    whole = scene(tmp_path / "whole.tif", features, (300, 800))
    with rasterio.open(whole) as file:
        for name, left in (("west", 0), ("east", 400)):
            place = Affine(0.5, 0, 500_000 + left / 2, 0, -0.5, 5_400_000)
            pixels = file.read()[:, :, left : left + 400]
            write_raster(tmp_path / "scenes" / f"{name}.tif", pixels, crs=SYSTEM, transform=place)
    cut(tmp_path / "scenes", raster(tmp_path / "labels.tif", truth), tmp_path / "out", size_px=128)
    for path, mask, _, (left, top) in written(tmp_path / "out"):
        begin = left + 400 * path.stem.startswith("east")
        assert (mask == truth[top : top + mask.shape[0], begin : begin + mask.shape[1]]).all()


def test_several_attributes_are_asked_about_and_one_class_can_be_made_of_all(image: Path, tmp_path: Path) -> None:
    features: list[Feature] = [
        ({"roof": ("flat", "steep")[i % 2], "use": ("barn", "home")[i % 3 > 0]}, [circle(100 + 90 * i, 120, 30)])
        for i in range(6)
    ]
    labels = geopackage(tmp_path / "labels.gpkg", placed(features), 32633)
    with pytest.raises(DataError, match=r"roof \(flat, steep\); use \(barn, home\).*--set data.attribute=roof"):
        cut(image, labels, tmp_path / "out", size_px=256)
    cut(image, labels, tmp_path / "use", size_px=256, choice=LabelChoice(attribute="use"))
    assert open_dataset(tmp_path / "use").classes.names == ("background", "barn", "home")
    cut(image, labels, tmp_path / "one", size_px=256, choice=LabelChoice(as_one=True))
    assert open_dataset(tmp_path / "one").classes.names == ("background", "object")


def test_what_cannot_work_is_refused(image: Path, features: list[Feature], tmp_path: Path) -> None:
    plain = scene(tmp_path / "plain.tif", features, SIZE_HW, crs=None, transform=None)
    utm = geopackage(tmp_path / "utm.gpkg", placed(features), 32633)
    far = geopackage(
        tmp_path / "far.gpkg", [(v, [[(x + 1e5, y) for x, y in r] for r in rs]) for v, rs in placed(features)], 32633
    )
    points = tmp_path / "points.geojson"
    points.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[1,2]}}]}'
    )
    small = raster(tmp_path / "small.tif", np.ones((10, 10), np.uint8), crs=None, place=None)
    zero = raster(tmp_path / "zero.tif", truth_of(features, SIZE_HW, IDS), nodata=0)
    shares = raster(tmp_path / "shares.tif", np.full(SIZE_HW, 0.5, np.float32))
    for picture, labels, words in (
        (plain, utm, "no polygon of .*utm.gpkg lies in .*plain.tif.*no coordinate system"),
        (image, far, "no polygon of .*far.gpkg lies in"),
        (image, points, "no polygon"),
        (image, small, "small.tif has no place on the ground"),
        (image, zero, "0 is marked as no data.*--set data.ignore=0"),
        (image, shares, "holds 0.5, and labels are whole numbers"),
        (image, tmp_path / "a.shp", "ogr2ogr .*a.gpkg .*a.shp"),
    ):
        (tmp_path / "a.shp").write_bytes(b"x")
        with pytest.raises(DataError, match=words):
            cut(picture, labels, tmp_path / "out", size_px=256)


def test_images_and_labels_stored_in_rows_give_the_same_tiles(
    image: Path, features: list[Feature], tmp_path: Path
) -> None:
    truth = truth_of(features, SIZE_HW, IDS)
    rows = scene(tmp_path / "scene.tif", features, SIZE_HW, tiled=False, blockysize=1, compress="lzw")
    of_rows = raster(tmp_path / "rows.tif", truth)
    of_tiles = raster(tmp_path / "tiles.tif", truth, tiled=True, blockxsize=256, blockysize=256)
    cut(rows, of_rows, tmp_path / "a", size_px=192)
    cut(image, of_tiles, tmp_path / "b", size_px=192)
    (tmp_path / "c").mkdir()
    pairs = zip(written(tmp_path / "a"), written(tmp_path / "b"), strict=True)
    for (path, mask, pixels, _), (other_path, other_mask, other_pixels, _) in pairs:
        assert path.name == other_path.name
        assert (mask == other_mask).all()
        assert (pixels == other_pixels).all()


def test_transparency_is_no_data_and_no_band(features: list[Feature], tmp_path: Path) -> None:
    opaque = np.full((4, 300, 400), 255, dtype=np.uint8)
    opaque[:3] = np.random.default_rng(0).integers(1, 255, (3, 300, 400))
    opaque[3, :, :150] = 0
    path = write_raster(tmp_path / "a.tif", opaque, crs=SYSTEM, transform=ORIGIN, photometric="rgb", alpha="yes")
    labels = raster(tmp_path / "labels.tif", truth_of(features, SIZE_HW, IDS)[:300, :400])
    cut(path, labels, tmp_path / "out", size_px=128)
    masked = write_raster(tmp_path / "b.tif", opaque[:3], crs=SYSTEM, transform=ORIGIN, photometric="rgb")
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(masked, "r+") as file:
        file.write_mask(opaque[3] > 0)
    cut(masked, labels, tmp_path / "masked", size_px=128)
    for out in (tmp_path / "out", tmp_path / "masked"):
        for _, mask, pixels, (left, _) in written(out):
            assert pixels.shape[2] == 3
            columns = np.arange(left, left + 128)
            assert ((mask == 255) == (columns < 150)[None]).all()


def test_infrared_that_is_marked_as_transparency_stays_a_band(features: list[Feature], tmp_path: Path) -> None:
    infrared = np.random.default_rng(0).integers(0, 200, (4, 300, 400), dtype=np.uint8)
    path = write_raster(tmp_path / "a.tif", infrared, crs=SYSTEM, transform=ORIGIN, photometric="rgb", alpha="yes")
    labels = raster(tmp_path / "labels.tif", truth_of(features, SIZE_HW, IDS)[:300, :400])
    cut(path, labels, tmp_path / "out", size_px=128)
    for _, mask, pixels, (left, top) in written(tmp_path / "out"):
        assert (mask != 255).all()
        assert (pixels == np.moveaxis(infrared[:, top : top + 128, left : left + 128], 0, 2)).all()
    assert len(open_dataset(tmp_path / "out")) == len(list(written(tmp_path / "out")))


def test_sixteen_bits_and_four_bands_are_kept(tmp_path: Path, features: list[Feature]) -> None:
    path = tmp_path / "deep.tif"
    deep = np.random.default_rng(0).integers(200, 4000, (4, 300, 400), dtype=np.uint16)
    write_raster(path, deep, crs=SYSTEM, transform=ORIGIN)
    labels = raster(tmp_path / "labels.tif", truth_of(features, SIZE_HW, IDS)[:300, :400])
    cut(path, labels, tmp_path / "out", size_px=128)
    for tile_path, _, pixels, (left, top) in written(tmp_path / "out"):
        assert pixels.dtype == np.uint16
        assert (pixels == np.moveaxis(deep[:, top : top + 128, left : left + 128], 0, 2)).all()
        assert tile_path.suffix == ".tif"
    assert open_dataset(tmp_path / "out").grey_range is not None


def test_polygons_on_the_ground_are_those_of_pixels() -> None:
    assert on_ground([[(2.0, 4.0)]]) == [[(500_001.0, 5_399_998.0)]]
