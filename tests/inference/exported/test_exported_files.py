import json
import re
import resource
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image

import maskwright as mw
from maskwright.classes import IGNORE, class_table
from maskwright.errors import ConfigError, FileError
from maskwright.evaluation.expected_iou import LEAST_EXPECTED_IOU
from maskwright.imaging.mask_geometry import Mask
from maskwright.imaging.photos import Photo
from maskwright.inference.exported import runtimes
from maskwright.inference.exported.exported_files import exported_model, load_exported, verify, write_exported
from maskwright.inference.exported.metadata import FACTS, Facts, SelfTest, as_metadata, from_metadata, licence_of
from maskwright.inference.exported.runtimes import Runtime, compute_with
from maskwright.inference.exported.self_test import compared, self_test
from maskwright.inference.load import load
from maskwright.inference.segmenter import Segmenter
from maskwright.models.build import PaddedNet, build_model
from maskwright.models.spec import NetworkSpec
from maskwright.planning.plan import PredictPlan
from tests.support.commands import call, refusal

PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "onnx.md"
PLAN = PredictPlan((0.7, 1.0, 1.4), True, False)


@pytest.fixture(scope="module")
def segmenter(disc_run: Path) -> Segmenter:
    return replace(load(disc_run), bf16=False)


@pytest.fixture(scope="module")
def exported(disc_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("exported") / "model.onnx"
    assert call("export", disc_run, "--out", file) == 0
    return file


def drawn(size_hw: tuple[int, int], seed: int = 0) -> Photo:
    """Return a photo of bright boxes and noise."""
    rng = np.random.default_rng(seed)
    photo = rng.integers(0, 90, (*size_hw, 3), dtype=np.uint8)
    for _ in range(6):
        top, left = rng.integers(0, size_hw[0]), rng.integers(0, size_hw[1])
        photo[top : top + size_hw[0] // 3 + 1, left : left + size_hw[1] // 4 + 1] = rng.integers(100, 255, 3)
    return photo


def facts_of(segmenter: Segmenter) -> Facts:
    net = segmenter.net
    assert isinstance(net, PaddedNet)
    return Facts(
        segmenter.classes,
        segmenter.predict,
        segmenter.long_side_px,
        segmenter.tile_px,
        net.stride,
        net.least_px,
        None,
        None,
        "random weights",
        licence_of("random weights"),
        "0" * 64,
    )


def whole_graph(segmenter: Segmenter) -> Callable[[Photo], Mask]:
    """Return the exported model as a function photo -> mask, computed by plain onnxruntime."""
    photo = drawn((40, 50))
    compute = compute_with(
        "onnx", exported_model(segmenter, facts_of(segmenter), SelfTest(photo, segmenter.mask(photo)))
    )
    return lambda photo: np.asarray(compute([photo])[0])


def different_share(one: Mask, other: Mask) -> float:
    assert one.shape == other.shape
    return float(np.mean(one != other))


def settled(segmenter: Segmenter, photos: list[Photo], graph: Callable[[Photo], Mask]) -> None:
    """Assert that masks are equal where they are decided; elsewhere a rounding chooses, on each processor its own."""
    for photo in photos:
        expected = self_test(segmenter, photo).mask
        assert different_share(expected, np.where(expected == IGNORE, IGNORE, graph(photo))) <= 0.001, photo.shape


def test_the_graph_gives_the_run_s_mask_at_any_size(segmenter: Segmenter) -> None:
    scaled = replace(segmenter, predict=PLAN, tile_px=64)
    sizes = [(96, 96), (61, 97), (300, 200), (20, 33), (150, 401), (1, 80), (90, 1), (1, 1)]
    settled(scaled, [drawn(size, seed) for seed, size in enumerate(sizes)], whole_graph(scaled))


@pytest.mark.parametrize(
    "plan", [replace(PLAN, one_object=True), replace(PLAN, least_patch=0.05), replace(PLAN, least_totals=(0.0, 0.3))]
)
def test_small_patches_are_removed_in_the_graph_too(segmenter: Segmenter, plan: PredictPlan) -> None:
    cleaned, plain = replace(segmenter, predict=plan), replace(segmenter, predict=PLAN)
    photos = [drawn((90, 110), seed) for seed in range(4)]
    assert any((cleaned.mask(photo) != plain.mask(photo)).any() for photo in photos)
    settled(cleaned, photos, whole_graph(cleaned))


def test_a_network_of_several_classes_is_exported_with_its_cleaning() -> None:
    net = build_model(NetworkSpec("fpn", "tf_efficientnet_lite0", (), "random"), 4).module.eval()
    classes = class_table(("background", "a", "b", "c"))
    plan = PredictPlan((1.0,), False, False, least_patch=0.03, least_totals=(0.0, 0.2, 0.0, 0.2))
    several = Segmenter(net, classes, plan, 96, 128)
    settled(several, [drawn((90, 120), seed) for seed in range(3)], whole_graph(several))


@pytest.mark.parametrize("runtime", ["onnx", "openvino"])
def test_a_loaded_file_is_a_segmenter_with_the_run_s_masks(
    exported: Path, segmenter: Segmenter, runtime: Runtime
) -> None:
    loaded = load_exported(exported, runtime=runtime)
    assert loaded.classes == segmenter.classes
    for size in ((96, 96), (200, 131)):
        photo = drawn(size)
        assert different_share(loaded.mask(photo), segmenter.mask(photo)) <= 0.001
        np.testing.assert_allclose(loaded.probabilities(photo), segmenter.probabilities(photo), atol=1e-3)


@pytest.mark.parametrize("runtime", ["onnx", "openvino"])
def test_verify_says_identical_or_how_many_pixels_differ(exported: Path, tmp_path: Path, runtime: Runtime) -> None:
    assert verify(exported, runtime=runtime).is_equal
    model = onnx.load(str(exported))
    network = next(function for function in model.functions if function.name == "network")
    last = next(node for node in reversed(network.node) if node.op_type == "Conv")
    weights = next(node for node in network.node if node.output[0] == last.input[1]).attribute[0].t
    values = onnx.numpy_helper.to_array(weights)
    weights.CopyFrom(onnx.numpy_helper.from_array(-values, weights.name))
    onnx.save(model, str(tmp_path / "changed.onnx"))
    verified = verify(tmp_path / "changed.onnx", runtime=runtime)
    assert not verified.is_equal
    assert re.fullmatch(r"differs in [\d,]+ of [\d,]+ pixels", verified.words)


def test_a_file_whose_self_test_fails_is_neither_written_nor_loaded(segmenter: Segmenter, tmp_path: Path) -> None:
    photo = drawn((60, 80))
    wrong = SelfTest(photo, (1 - segmenter.mask(photo)).astype(np.uint8))
    model = exported_model(segmenter, facts_of(segmenter), wrong)
    with pytest.raises(ConfigError, match=r"not exported: .* differs in 4,\d+ of 4,800 pixels"):
        write_exported(tmp_path / "model.onnx", model, wrong)
    assert not (tmp_path / "model.onnx").exists()
    (tmp_path / "model.onnx").write_bytes(model)
    with pytest.raises(FileError, match=r"differs in 4,\d+ of 4,800 pixels with onnx"):
        mw.load(tmp_path / "model.onnx")
    assert call("verify", tmp_path / "model.onnx") == 1


def test_the_file_says_what_it_is(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("verify", exported) == 0
    text = capsys.readouterr().out
    for line in ("classes: background, disc", "licence: none: trained from random weights", "in ONNX Runtime: "):
        assert line in text
    model = onnx.load(str(exported), load_external_data=False)
    assert {"maskwright", "maskwright.selftest.photo", "maskwright.selftest.mask"} == {
        entry.key for entry in model.metadata_props
    }


def test_the_code_of_the_page_needs_nothing_but_onnxruntime(
    exported: Path, discs: Path, segmenter: Segmenter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (code,) = [block for block in blocks if "InferenceSession" in block]
    assert "maskwright" not in code
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    photo = min(path for path in discs.iterdir() if path.suffix in (".jpg", ".png"))
    Image.open(photo).save(tmp_path / "photo.jpg", quality=95)
    (tmp_path / "model.onnx").write_bytes(exported.read_bytes())
    monkeypatch.chdir(tmp_path)
    exec(compile(code, str(PAGE), "exec"), {})
    expected = self_test(segmenter, mw.read_photo(tmp_path / "photo.jpg")).mask
    with Image.open(tmp_path / "mask.png") as image:
        mask = np.array(image)
    assert mask.shape == expected.shape
    assert np.mean((mask != expected)[expected != IGNORE]) <= 0.001


def test_evaluate_and_predict_take_an_exported_file(
    exported: Path, disc_run: Path, discs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("evaluate", exported, discs) in (0, 1)
    of_file = capsys.readouterr().out
    assert "4 training photos of the model are left out" in of_file
    assert call("evaluate", exported, discs, "--runtime", "openvino", "--fast") in (0, 1)
    assert "4 training photos of the model are left out" in capsys.readouterr().out
    assert call("predict", exported, discs, "--out", tmp_path / "a", "--runtime", "onnx") == 0
    assert call("predict", disc_run, discs, "--out", tmp_path / "b", "--runtime", "torch") == 0
    masks = sorted(path.name for path in (tmp_path / "a" / "masks").iterdir())
    assert len(masks) == 6
    for name in masks:
        pair = [np.array(Image.open(tmp_path / folder / "masks" / name)) for folder in "ab"]
        assert different_share(pair[0], pair[1]) <= 0.001


def test_refusals_say_what_to_do(
    exported: Path, disc_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other.onnx").write_bytes(b"no model")
    assert "export the run again" in refusal(capsys, "verify", tmp_path / "other.onnx")
    assert "is no file" in refusal(capsys, "verify", tmp_path / "none.onnx")
    photo = tmp_path / "a.png"
    Image.fromarray(drawn((40, 40))).save(photo)
    line = refusal(capsys, "predict", disc_run, photo, "--runtime", "onnx", "--out", tmp_path / "o")
    assert f"`maskwright export {disc_run}` makes it" in line
    assert "holds no PyTorch weights" in refusal(capsys, "predict", exported, photo, "--runtime", "torch")
    monkeypatch.setattr(runtimes, "find_spec", lambda _: None)
    assert "pip install 'maskwright[onnx]'" in refusal(capsys, "export", disc_run)
    assert "pip install 'maskwright[openvino]'" in refusal(capsys, "export", disc_run, "--to", "openvino")


def test_a_full_disk_leaves_an_earlier_pair_of_openvino_s_files_as_it_was(
    disc_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("openvino")
    command = ("export", disc_run, "--to", "openvino", "--out", tmp_path / "m.xml")
    assert call(*command) == 0
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        line = refusal(capsys, *command)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert f"cannot write {tmp_path / 'm.bin'}: " in line
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_openvino_s_own_files_hold_the_same(disc_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "model.xml"
    assert call("export", disc_run, "--to", "openvino", "--out", file) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"model.xml", "model.bin"}
    assert call("verify", file) == 0
    assert "classes: background, disc" in capsys.readouterr().out


def test_ensembles_and_windows_are_refused(segmenter: Segmenter) -> None:
    photo = drawn((40, 50))
    test = SelfTest(photo, segmenter.mask(photo))
    with pytest.raises(ConfigError, match="several runs cannot be one file"):
        exported_model(replace(segmenter, others=(segmenter,)), facts_of(segmenter), test)
    grid = replace(segmenter, predict=replace(PLAN, windows="grid"))
    with pytest.raises(ConfigError, match="only tiles can be exported"):
        exported_model(grid, facts_of(grid), test)


def test_the_threshold_of_an_earlier_version_is_not_used_where_several_classes_are_scored(
    segmenter: Segmenter,
) -> None:
    photo = drawn((40, 50))
    test = SelfTest(photo, segmenter.mask(photo))
    for names, threshold in (("ground", "disc"), 0.8), (("ground", "disc", "bar"), LEAST_EXPECTED_IOU):
        facts = replace(facts_of(segmenter), classes=class_table(names), least_expected_iou=0.8)
        texts = as_metadata(facts, test)
        earlier = json.loads(texts[FACTS])
        del earlier["shifts"]
        read, _ = from_metadata({**texts, FACTS: json.dumps(earlier)}, Path("model.onnx"))
        assert read.least_expected_iou == threshold
        shifted = replace(facts, shifts=(0.1,) * len(names))
        assert from_metadata(as_metadata(shifted, test), Path("model.onnx"))[0].least_expected_iou == 0.8


def test_a_wrong_mask_counts_each_different_pixel() -> None:
    mask = np.zeros((4, 5), dtype=np.uint8)
    other = mask.copy()
    other[0, :2] = 1
    verified = compared(lambda _: [other], SelfTest(np.zeros((4, 5, 3), dtype=np.uint8), mask), "onnx")
    assert (verified.words, verified.is_equal) == ("differs in 2 of 20 pixels", False)


def test_fast_predicts_at_one_scale_and_unmirrored(disc_run: Path, discs: Path, tmp_path: Path) -> None:
    photo = min(path for path in discs.iterdir() if path.suffix in (".jpg", ".png"))
    assert call("predict", disc_run, photo, "--out", tmp_path, "--fast", "--runtime", "torch") == 0
    segmenter = load(disc_run).at_one_scale()
    assert (segmenter.predict.zooms, segmenter.predict.flip) == ((1.0,), False)
    with Image.open(tmp_path / "masks" / f"{photo.stem}.png") as image:
        assert np.array_equal(np.array(image), segmenter.mask(photo))
