"""Files of tools that are not read: recognised by their content, with the export of that tool that is read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from maskwright.datasets.labels.archives import only_holds
from maskwright.datasets.parsing.text_files import beginning, csv_header, json_outline
from maskwright.datasets.parsing.xml_files import first_tags
from maskwright.datasets.unread_formats.map_layers import is_map_geojson, map_layer_way
from maskwright.datasets.unread_formats.matlab_files import IN_MATLAB, matlab_way
from maskwright.datasets.unread_formats.parquet_tables import parquet_way

MAGIC_BYTES = 512
LOOKED_AT = 5000
MATLAB_FOLDERS_MOST = 6
AS_PNG = 'save each as PNG: Image.fromarray(np.loadtxt("IN.txt").astype("uint8")).save("masks/NAME.png")'
MATRIX_ROWS, MATRIX_COLUMNS, MATRIX_VALUES = 16, 16, 256
PAGE_WAY = (
    "paint the Coords of its regions into PNG masks in masks/, named as the photos, a number a class: "
    '`ImageDraw.Draw(mask).polygon([tuple(map(int, p.split(","))) for p in coords.get("points").split()], fill=1)`, '
    'with mask = Image.new("L", photo.size); lines and baselines are no regions'
)
BOXES = "boxes are not outlines: draw polygons or masks, in CVAT or LabelMe for example"


@dataclass(frozen=True)
class JsonTool:
    """A tool by the keys of its json: those of the outermost object, and those of the first object inside."""

    name: str
    way: str
    keys: frozenset[str] = frozenset()
    first: frozenset[str] = frozenset()


@dataclass(frozen=True)
class FileTool:
    """A tool by the endings of its files, and by the bytes at one place in them (b"" for any)."""

    name: str
    way: str
    endings: tuple[str, ...]
    magic: bytes = b""
    offset: int = 0


def _json(name: str, way: str, *, keys: str = "", first: str = "") -> JsonTool:
    return JsonTool(name, way, frozenset(keys.split()), frozenset(first.split()))


DARWIN = (
    "convert it: pip install darwin-py; darwin convert coco FILES OUT. The result names photos without their folders: "
    "where several folders hold photos, do it once for each, with the folder of its photos as OUT"
)
SEGMENTS = "its segments have no class: join those that count into one PNG of 0 and 255, named as the photo, in masks/"
LABELBOX = "save its masks as PNGs into masks/, named as the photos"
LABELBOX_LINKS = f"and its masks are links: download them with your Labelbox key, and {LABELBOX}"
JSON_TOOLS = (
    _json("Hasty json", "in Hasty choose Export, COCO", keys="label_classes images"),
    _json(
        "SuperAnnotate json",
        'convert it with SuperAnnotate\'s Python package: export_annotation(..., dataset_format="COCO")',
        first="instances",
    ),
    _json("SuperAnnotate json", 'convert it: export_annotation(..., dataset_format="COCO")', keys="instances metadata"),
    _json("Darwin json of V7", DARWIN, keys="item annotations"),
    _json("Darwin json of V7", DARWIN, keys="image annotations dataset"),
    _json("Segment Anything json", SEGMENTS, keys="image annotations", first="image_id file_name"),
    _json("Segment Anything json", SEGMENTS, first="predicted_iou stability_score"),
    _json("Labelbox json", "convert it: pip install LBExporters; labelbox2coco.from_json(...)", first="Label"),
    _json("Labelbox json", LABELBOX, first="data_row projects"),
    _json("Labelbox json", LABELBOX, keys="data_row projects"),
    _json(
        "a Segments.ai release",
        'convert it with the package segments-ai: export_dataset(release, export_format="coco-instance")',
        first="samples task_type",
    ),
    _json("Datumaro json", "convert it: datum convert -if datumaro -i DIR -f coco -o OUT", keys="items categories"),
    _json("a CVAT backup", "in CVAT choose Export task dataset, CVAT for images 1.1", first="shapes tracks version"),
    _json("Kili json", 'export it with kili.export_labels(..., fmt="coco")', first="externalId"),
    _json("Encord json", "in Encord export the labels as COCO", first="data_units label_hash"),
    _json(
        "Dataloop json",
        'convert it with the package dtlpy: dl.Converter().convert_dataset(dataset, to_format="coco")',
        keys="filename annotations metadata",
    ),
    _json("Scale json", "save the combined masks of its tasks as PNGs into masks/", first="task_id response"),
    _json("BDD100K json", "convert it: python -m bdd100k.label.to_coco -m ins_seg -i FILE -o OUT", first="labels name"),
    _json(
        "VoTT json",
        "write the points of each POLYGON region as LabelMe json or VIA 2 json; RECTANGLE regions are boxes",
        keys="asset regions",
    ),
    _json("CreateML json", BOXES, first="image annotations"),
    _json(
        "ISAT json",
        "in ISAT choose Tools, convert, ISAT to VOC, into masks/ beside the photos: its COCO and YOLO lose which object"
        " lies above, and make a class of __background__",
        keys="info objects",
    ),
    _json("Prodigy json", "write each span's points as LabelMe json or VIA 2 json", keys="image spans"),
)
IN_QUPATH = "open slide and annotation in QuPath with one of its import scripts, and export GeoJSON"
FIJI = (
    "in Fiji open the photo, then this file; of several ROIs select all in the ROI Manager and choose More > OR "
    "(Combine); choose Edit > Selection > Create Mask, and save it as PNG named as the photo in masks/"
)
MICROSCOPE = "open the photos in Fiji or QuPath and save them as TIFF or PNG"
SLICER = (
    "save it as PNG. One number may be another class in each file, so number them by name: pip install pynrrd; with "
    'CLASSES = ["NAME 1", "NAME 2"], the same for all files: m, h = nrrd.read("IN.seg.nrrd"); n = {h[k]: '
    'int(h[k[:-4] + "LabelValue"]) for k in h if k.endswith("_Name")}; Image.fromarray(sum((m[..., 0] == n[c]) * (i + '
    '1) for i, c in enumerate(CLASSES) if c in n).T.astype("uint8")).save("masks/NAME.png"); and write a row for each '
    "into classes.csv (id,name)"
)
PARQUET = FileTool("a Parquet table", "save its photos and masks as PNG, in images/ and masks/", (".parquet",), b"PAR1")
MAP_LAYER = (
    "cut images and labels into tiles: maskwright cut IMAGE --labels LAYER.gpkg --out tiles; of other layers make a "
    "GeoPackage first: ogr2ogr LAYER.gpkg LAYER.shp"
)
FILE_TOOLS = (
    FileTool("a MATLAB file", IN_MATLAB, (".mat",)),
    FileTool(
        "DICOM",
        "save the photos as PNG or TIFF: dcm2pnm +on2 IN.dcm OUT.png (DCMTK), or gdcm2pnm",
        (".dcm", ".dicom", ".ima", ""),
        b"DICM",
        128,
    ),
    FileTool(
        "NIfTI", "save each slice as PNG, photos into images/ and masks into masks/ (nibabel, imageio)", (".nii", ".gz")
    ),
    FileTool("NRRD", "save each slice as PNG, in 3D Slicer for example", (".nrrd",), b"NRRD"),
    FileTool("MetaImage", "save each slice as PNG, in 3D Slicer for example", (".mha", ".mhd")),
    FileTool("an ImageJ ROI", FIJI, (".roi",), b"Iout"),
    FileTool("a TFRecord file", "export COCO from the same tool, or PNG masks", (".tfrecord", ".record")),
    FileTool("an HDF5 file", "save photos and masks as .npy or PNG", (".h5", ".hdf5"), b"\x89HDF"),
    FileTool("a layered picture", "export its layers as PNG: the photo, and the mask", (".psd", ".xcf", ".kra")),
    FileTool("a microscope's file", MICROSCOPE, (".czi", ".lif", ".nd2", ".oib", ".svs", ".ndpi", ".mrxs", ".vsi")),
    PARQUET,
    FileTool("an LMDB file", "save its photos and masks as PNG, in images/ and masks/", (".mdb", ".lmdb")),
    FileTool("a map layer", MAP_LAYER, (".shp", ".kml", ".gpkg")),
)
PACKED = (".gz", ".tgz", ".bz2", ".xz", ".zst", ".tar", ".7z", ".rar", ".z")


def packed_files(root: Path) -> list[Path]:
    """Return the packed files below a folder that are not read as they are: zip alone is."""
    shown = sorted(path for path in root.rglob("*") if path.suffix.lower() in PACKED and path.is_file())
    return [
        path for path in shown[:LOOKED_AT] if not any(part.startswith(".") for part in path.relative_to(root).parts)
    ]


def foreign_file(path: Path) -> str | None:
    """Return what a file is and what to do, as the end of a sentence that begins with its name; None if unknown."""
    match path.suffix.lower():
        case ".json" | ".jsonl" | ".ndjson" | ".geojson":
            return _foreign_json(path)
        case ".csv":
            return _foreign_csv(path)
        case ".txt" if is_matrix(path):
            return _sentence("a table of numbers, one a pixel", AS_PNG)
        case ".shp" | ".kml" | ".gpkg":
            return _sentence("a map layer", map_layer_way(path))
        case ".mat":
            return _matlab_sentence(path)
        case ".npy" if path.stem.endswith("_seg"):
            return _sentence("Cellpose's _seg.npy", "in Cellpose choose File, Save masks as PNG/tif (or: --save_png)")
        case ".xml":
            return _foreign_xml(path)
        case ".nrrd" if path.name.lower().endswith(".seg.nrrd"):
            return _sentence("a segmentation of 3D Slicer", SLICER)
        case ".parquet" if _is_of(path, PARQUET):
            return _sentence(PARQUET.name, parquet_way(path))
        case ".zip" if only_holds(path, ".roi"):
            return _sentence("a set of ImageJ ROIs", FIJI)
    return next((_sentence(tool.name, tool.way) for tool in FILE_TOOLS if _is_of(path, tool)), None)


def is_matrix(path: Path) -> bool:
    """Tell whether a text holds the label of every pixel: long rows of as many whole numbers, few of them distinct."""
    rows = [line.split() for line in beginning(path).splitlines()[:MATRIX_ROWS]]
    if len(rows) < MATRIX_ROWS or len(rows[0]) < MATRIX_COLUMNS or {len(row) for row in rows} != {len(rows[0])}:
        return False
    cells = {cell for row in rows for cell in row}
    return len(cells) <= MATRIX_VALUES and all(cell.removeprefix("-").isdecimal() for cell in cells)


def _foreign_xml(path: Path) -> str | None:
    tags = first_tags(path)
    if {"Annotations", "Regions"} <= tags:
        return _sentence("ImageScope XML", f"{IN_QUPATH}; or paint its regions into PNG masks in masks/")
    if {"ASAP_Annotations"} & tags:
        return _sentence("ASAP XML", f"{IN_QUPATH}; or paint its annotations into PNG masks in masks/")
    roots = {tag.rpartition("}")[2] for tag in tags}
    if "PcGts" in roots:
        return _sentence("PAGE XML, as Transkribus and eScriptorium export it", PAGE_WAY)
    if "alto" in roots:
        return _sentence("ALTO XML of text blocks", "paint its blocks into PNG masks in masks/, named as the photos")
    return f"is Pascal VOC XML of boxes, as LabelImg writes it, and {BOXES}" if "bndbox" in tags else None


def _sentence(name: str, way: str, *, joined: str = ": ") -> str:
    return f"is {name}, which is not read{joined}{way}"


def _foreign_json(path: Path) -> str | None:
    shown = json_outline(path)
    if is_map_geojson(path):
        return _sentence("a map layer", map_layer_way(path))
    if shown.error:
        first_line = beginning(path).split("\n", 1)[0]
        if '"data_row"' in first_line:
            if '"polygon"' not in first_line and '"mask"' in first_line:
                return _sentence("Labelbox json lines", LABELBOX_LINKS, joined=", ")
            return _sentence("Labelbox json lines", LABELBOX)
        if '"image_url"' in first_line and '"polygon"' in first_line:
            return _sentence("Azure Machine Learning json lines", "in its data labelling choose Export, COCO")
        if '"spans"' in first_line:
            return _sentence("Prodigy json lines", "write each span's points as LabelMe json or VIA 2 json")
        if path.suffix.lower() != ".json" and '"coordinates"' in first_line:
            return _sentence("json lines of polygons", "write each line's coordinates as LabelMe json or COCO polygons")
        return None
    return next((_sentence(t.name, t.way) for t in JSON_TOOLS if t.keys <= shown.keys and t.first <= shown.first), None)


def _foreign_csv(path: Path) -> str | None:
    header, text = csv_header(path)
    if "POLYGON" in text:
        return _sentence("a csv of WKT polygons", "write them as COCO json, or burn them into PNG masks (rasterio)")
    if "CSV_HEADER" in text:
        return _sentence("a VIA 3 csv", "save the VIA 3 project itself, as json")
    if {"shape-type", "vertex-index"} <= set(header):
        return _sentence("a napari shapes csv", "turn the shapes into a Labels layer and save it as TIFF or PNG")
    if {"xmin", "ymin"} <= {name.split(".")[-1] for name in header} or {"bbox"} & set(header):
        return f"is a csv of boxes, and {BOXES}"
    return None


def _is_of(path: Path, tool: FileTool) -> bool:
    if path.suffix.lower() not in tool.endings or (path.suffix == ".gz" and not path.name.lower().endswith(".nii.gz")):
        return False
    if not tool.magic:
        return True
    with path.open("rb") as file:
        return file.read(MAGIC_BYTES)[tool.offset :].startswith(tool.magic)


def foreign_files(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files below a folder that are of tools that are not read, each with what it is and what to do."""
    shown = [path for path in sorted(root.rglob("*"))[: LOOKED_AT + 1] if _is_shown(path, root)]
    matlab = [path for path in shown if path.suffix.lower() == ".mat"]
    of_matlab = ""
    if matlab:  # the one that tells most comes where the first is
        telling, of_matlab = _telling_matlab(matlab)
        place = shown.index(matlab[0])
        shown.remove(telling)
        shown.insert(place, telling)
    for path in shown:
        sentence = of_matlab if path.suffix.lower() == ".mat" else foreign_file(path)
        if sentence:
            yield path, sentence


def _is_shown(path: Path, root: Path) -> bool:
    return not any(part.startswith(".") for part in path.relative_to(root).parts) and path.is_file()


def _telling_matlab(files: Sequence[Path]) -> tuple[Path, str]:
    """Return the first of some MATLAB files, one a folder, that holds a matrix, with what to do; else the first.

    One is looked into for all: files of tags or names lie in other folders.
    """
    first_of = {path.parent: path for path in reversed(files)}
    looked_at = [path for path in files if first_of[path.parent] == path][:MATLAB_FOLDERS_MOST]
    said = [(path, _matlab_sentence(path)) for path in looked_at]
    return next((one for one in said if IN_MATLAB not in one[1]), said[0])


def _matlab_sentence(path: Path) -> str:
    return _sentence("a MATLAB file", matlab_way(path))
