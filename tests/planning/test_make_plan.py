from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maskwright.datasets.fingerprint import ClassMeasures, Fingerprint, measure
from maskwright.datasets.opening import open_dataset
from maskwright.planning.machine import Machine, this_machine
from maskwright.planning.make_plan import make_plan
from maskwright.planning.plan import Request
from maskwright.planning.plan_file import plan_as_tree
from tests.support.drawn import disc_photos, mask_folder
from tests.support.plans import CPU
from tests.support.scenes_measured import OBJECT

GPU = Machine(cores=16, gpu="a GPU", gpu_memory_gb=80.0, bf16=True, system="a test")
BACKGROUND = replace(OBJECT, share=0.95, most_objects=0)


def fingerprint(*classes: ClassMeasures, size_hw: tuple[int, int] = (3000, 4000), photos: int = 40) -> Fingerprint:
    names = ("background", *(f"thing {i}" for i in range(len(classes))))
    return Fingerprint(photos, photos, max(size_hw), (BACKGROUND, *classes), names, 0)


def test_objects_are_shown_at_two_fifths_of_a_crop() -> None:
    plan = make_plan(fingerprint(OBJECT), CPU, Request())
    assert plan.scale.long_side_px * OBJECT.extent == pytest.approx(0.4 * plan.scale.crop_px, rel=0.01)


def test_thin_objects_keep_four_pixels() -> None:
    thin = replace(OBJECT, width=0.002)
    assert make_plan(fingerprint(thin), CPU, Request()).scale.long_side_px == pytest.approx(2000, rel=0.01)


def test_photos_are_never_enlarged_beyond_their_size() -> None:
    tiny = replace(OBJECT, extent=0.01)
    assert make_plan(fingerprint(tiny, size_hw=(320, 480)), CPU, Request()).scale.long_side_px == 480


@pytest.mark.parametrize(
    ("width", "minutes", "crop_px"), [(0.1, 3.0, 192), (0.1, 3.1, 320), (0.002, 5.0, 192), (0.002, 5.1, 320)]
)
def test_crops_are_small_where_minutes_are_few_and_longer_so_for_thin_objects(
    width: float, minutes: float, crop_px: int
) -> None:
    measured = fingerprint(replace(OBJECT, width=width))
    plan, long = make_plan(measured, CPU, Request(minutes)), make_plan(measured, CPU, Request(45.0))
    assert plan.scale.crop_px == crop_px
    assert f"{crop_px}: " in plan.why["scale.crop_px"]
    assert plan.scale.long_side_px == long.scale.long_side_px


def test_small_crops_are_for_a_u_net_on_a_cpu_and_scenes_count_as_wide() -> None:
    thin = replace(OBJECT, width=0.002)
    assert make_plan(fingerprint(thin), GPU, Request(1.0)).scale.crop_px == 512
    assert make_plan(fingerprint(thin), CPU, Request(1.0, net="fcn8s-lite0")).scale.crop_px == 320
    assert make_plan(fingerprint(*[thin] * 4), CPU, Request(5.0)).scale.crop_px == 320
    assert make_plan(fingerprint(*[thin] * 4), CPU, Request(1.5)).scale.crop_px == 192


def test_crops_stay_wide_where_some_photos_show_no_object() -> None:
    defects = fingerprint(replace(OBJECT, photos=39, width=0.002), photos=40)
    assert make_plan(defects, CPU, Request(1.0)).scale.crop_px == 320


@pytest.mark.parametrize(("photos_each", "minutes", "crop_px"), [(6, 3.0, 320), (6, 10.0, 192), (8, 3.0, 192)])
def test_crops_are_small_for_longer_where_a_photo_shows_one_of_many_classes(
    photos_each: int, minutes: float, crop_px: int
) -> None:
    measured = fingerprint(*[replace(OBJECT, photos=photos_each)] * 5)
    assert make_plan(measured, CPU, Request(minutes)).scale.crop_px == crop_px
    assert make_plan(measured, CPU, Request(10.1)).scale.crop_px == 320
    assert make_plan(measured, GPU, Request(minutes)).scale.crop_px == 512


def test_every_number_has_a_reason() -> None:
    plan = make_plan(fingerprint(OBJECT), CPU, Request())
    reasons = plan.why
    unexplained = [
        f"{section}.{key}"
        for section, values in plan_as_tree(plan).items()
        for key in values
        if not reasons.get(f"{section}.{key}")
    ]
    assert unexplained == []


def test_classes_named_after_a_side_are_not_mirrored() -> None:
    sided = replace(fingerprint(OBJECT), class_names=("background", "left wing"))
    plan = make_plan(sided, CPU, Request())
    assert not plan.augment.flip_x
    assert not plan.augment.flip_y
    assert "left wing" in plan.why["augment.flip_x"]


@pytest.mark.parametrize(
    ("name", "sided"),
    [("frontLeft", True), ("LeftDoor", True), ("door_R", True), ("slightly", False), ("bright", False), ("lr", False)],
)
def test_a_side_is_a_word_of_its_own(name: str, sided: bool) -> None:
    named = replace(fingerprint(OBJECT), class_names=("background", name))
    assert make_plan(named, CPU, Request()).augment.flip_x is not sided


def test_objects_that_stay_at_the_top_are_not_turned_upside_down() -> None:
    sky = replace(OBJECT, centre_y=0.2, spread_y=0.03)
    plan = make_plan(fingerprint(sky), CPU, Request())
    assert not plan.augment.flip_y
    assert plan.augment.rotate_deg < 45


def test_a_scene_of_many_classes_is_kept_upright_and_says_why() -> None:
    plan = make_plan(fingerprint(*[OBJECT] * 5), CPU, Request())
    assert not plan.augment.flip_y
    assert "5.0 of 5 classes in a photo make a scene" in plan.why["augment.flip_y"]


def test_many_classes_of_which_a_photo_shows_one_are_no_scene() -> None:
    defects = fingerprint(*[replace(OBJECT, photos=12)] * 5, size_hw=(240, 360), photos=80)
    plan = make_plan(defects, CPU, Request(2.0))
    assert plan.augment.flip_y
    assert plan.net.frozen_stages == 3
    assert plan.sampling.class_share == 0


def test_half_of_the_crops_are_drawn_by_class_where_a_class_is_rare() -> None:
    rare = fingerprint(OBJECT, replace(OBJECT, photos=3), photos=40)
    plan = make_plan(rare, CPU, Request())
    assert plan.sampling.class_share == 0.5
    assert "'thing 1' is in 3 of 40 photos" in plan.why["sampling.class_share"]
    assert make_plan(fingerprint(OBJECT, replace(OBJECT, photos=4), photos=40), CPU).sampling.class_share == 0


def test_one_object_in_every_photo_is_learnt_as_a_rule() -> None:
    assert make_plan(fingerprint(OBJECT), CPU, Request()).predict.one_object
    assert not make_plan(fingerprint(replace(OBJECT, most_objects=2)), CPU, Request()).predict.one_object
    assert not make_plan(fingerprint(replace(OBJECT, photos=39)), CPU, Request()).predict.one_object


def test_one_thin_object_may_be_predicted_in_several_patches() -> None:
    vessels = replace(OBJECT, extent=0.3, width=0.006)
    plan = make_plan(fingerprint(vessels), CPU, Request())
    assert not plan.predict.one_object
    assert "so thin" in plan.why["predict.one_object"]


def test_rare_classes_weigh_more_in_the_loss() -> None:
    weights = make_plan(fingerprint(OBJECT), CPU, Request()).loss.class_weights
    assert 1 < weights[1] / weights[0] < 10


def test_request_and_machine_reach_the_plan() -> None:
    assert make_plan(fingerprint(OBJECT), CPU, Request(minutes=3)).optim.minutes == 3
    assert make_plan(fingerprint(OBJECT), CPU, Request()).optim.precision == "32-true"
    on_gpu = make_plan(fingerprint(OBJECT), GPU, Request())
    assert on_gpu.optim.precision == "bf16-mixed"
    assert on_gpu.scale.crop_px > make_plan(fingerprint(OBJECT), CPU, Request()).scale.crop_px


def test_a_dataset_without_any_object_still_gets_a_plan() -> None:
    empty = replace(OBJECT, share=0.0, photos=0, extent=float("nan"))
    assert make_plan(fingerprint(empty), CPU, Request()).scale.long_side_px == 640


def test_the_fingerprint_measures_discs(tmp_path: Path) -> None:
    dataset = disc_photos(tmp_path, count=5)
    found = measure(dataset)
    disc = found.classes[1]
    assert found.photos == 5
    assert found.median_long_side_px == 128
    assert disc.photos == 5
    assert disc.most_objects == 1
    assert 0.02 < disc.share < 0.2
    assert disc.extent_low <= disc.extent <= disc.extent_high
    assert 14 / 128 < disc.extent < 48 / 128


def test_photos_held_both_ways_keep_their_long_side(tmp_path: Path) -> None:
    upright = disc_photos(tmp_path / "upright", count=2, size_hw=(160, 96))
    lying = disc_photos(tmp_path / "lying", count=2, size_hw=(96, 160))
    both = replace(upright, samples=upright.samples + lying.samples)
    assert measure(both).median_long_side_px == 160


def test_this_machine_has_cores() -> None:
    assert this_machine().cores >= 1


def test_heavy_networks_are_thin_and_see_small_crops_without_a_gpu() -> None:
    gpu = replace(CPU, gpu="a GPU", gpu_memory_gb=24.0)
    for name in ("deconvnet", "unet2015", "fcdensenet103"):
        plan = make_plan(fingerprint(OBJECT), CPU, Request(net=name))
        assert (plan.scale.crop_px, plan.net.width, plan.net.weights) == (128, 0.25, "random")
        wide = make_plan(fingerprint(OBJECT), gpu, Request(net=name))
        assert (wide.scale.crop_px, wide.net.width) == (512, 1.0)
        assert "heavy" in plan.why["scale.crop_px"]
        assert plan.optim.lr_decoder == {"unet2015": 2e-3, "deconvnet": 1e-2}.get(name, 3e-3)
        assert plan.sampling.centred_until == (0.5 if name == "deconvnet" else 0.0)
        assert all(plan.why[f"{s}.{k}"] for s, values in plan_as_tree(plan).items() for k in values)


def test_an_fcn_that_may_have_to_begin_at_random_trains_its_encoder_as_fast_as_its_scores() -> None:
    auto = make_plan(fingerprint(OBJECT), CPU, Request(net="fcn8s-vgg11"))
    assert (auto.net.weights, auto.net.width, auto.scale.crop_px) == ("auto", 0.125, 192)
    assert auto.optim.lr_encoder == auto.optim.lr_decoder == 3e-4
    lite = make_plan(fingerprint(OBJECT), CPU, Request(net="fcn8s-lite0"))
    assert (lite.net.weights, lite.net.width) == ("imagenet", 1.0)
    assert lite.optim.lr_encoder < lite.optim.lr_decoder


def test_first_stages_stay_frozen_only_where_a_cpu_starts_from_imagenet() -> None:
    of = fingerprint(OBJECT)
    assert make_plan(of, CPU, Request()).net.frozen_stages == 3
    assert make_plan(of, GPU, Request()).net.frozen_stages == 0
    assert make_plan(of, CPU, Request(weights="random")).net.frozen_stages == 0
    assert make_plan(of, CPU, Request(net="fcn8s-lite0")).net.frozen_stages == 0
    other = make_plan(of, CPU, Request(encoder="resnet34"))
    assert (other.net.encoder, other.net.frozen_stages) == ("resnet34", 0)
    assert other.why["net.encoder"] == "as asked for: resnet34"
    assert make_plan(of, CPU, Request(encoder="tf_efficientnet_lite0")).net.frozen_stages == 3


def test_on_a_cpu_the_head_of_a_u_net_makes_the_last_doubling() -> None:
    of = fingerprint(OBJECT)
    cpu, gpu = make_plan(of, CPU, Request()), make_plan(of, GPU, Request())
    assert (len(cpu.net.decoder_channels), len(gpu.net.decoder_channels)) == (4, 5)
    assert "the head doubles" in cpu.why["net.decoder_channels"]
    assert "the head doubles" not in gpu.why["net.decoder_channels"]
    assert len(make_plan(of, CPU, Request(net="unetplusplus")).net.decoder_channels) == 5


def test_patches_are_as_large_as_half_the_smallest_that_was_drawn() -> None:
    drawn = replace(OBJECT, patches=20, least_area=0.0004, extent_low=0.2, most_objects=2)
    assert make_plan(fingerprint(drawn), CPU, Request()).predict.least_patch == pytest.approx(0.0002)
    few = make_plan(fingerprint(replace(drawn, patches=19)), CPU, Request())
    assert few.predict.least_patch == 0
    assert "too few" in few.why["predict.least_patch"]
    single = make_plan(fingerprint(replace(drawn, most_objects=1)), CPU, Request())
    assert (single.predict.one_object, single.predict.least_patch) == (True, 0)
    both = fingerprint(drawn, replace(drawn, least_area=0.01))
    assert make_plan(both, CPU, Request()).predict.least_patch == pytest.approx(0.0002)
    scene = replace(both, background=None)
    assert make_plan(scene, CPU, Request()).predict.least_patch == 0


def test_patches_may_be_as_small_as_training_zooms_out() -> None:
    drawn = replace(OBJECT, patches=20, least_area=0.0004, extent_low=0.05, most_objects=2)
    plan = make_plan(fingerprint(drawn), CPU, Request())
    assert plan.scale.zoom_low == 0.5
    assert plan.predict.least_patch == pytest.approx(0.0001)
    assert "25% of the smallest of 20 patches" in plan.why["predict.least_patch"]


def test_the_smallest_patch_is_measured_dust_included(tmp_path: Path) -> None:
    mask_folder(disc_photos(tmp_path / "drawn", count=3, size_hw=(96, 128)), tmp_path / "in")
    first = sorted((tmp_path / "in" / "masks").iterdir())[0]
    mask = np.asarray(Image.open(first)).copy()
    mask[0, 0:3] = 1
    Image.fromarray(mask).save(first)
    disc = measure(open_dataset(tmp_path / "in")).classes[1]
    assert disc.patches == 4
    assert disc.least_area == pytest.approx(3 / 128**2)
    assert disc.least_area < disc.least_total < disc.share * 2


def test_a_photo_shows_the_least_of_a_class_or_none_where_others_lack_it() -> None:
    defect = replace(OBJECT, photos=12, least_total=0.004, extent_low=0.2, most_objects=2)
    everywhere, few, some = replace(defect, photos=40), replace(defect, photos=4), replace(defect, photos=9)
    for minutes in (1.25, 60.0):
        plan = make_plan(fingerprint(defect, everywhere, few, some), CPU, Request(minutes))
        assert plan.predict.least_totals == pytest.approx((0.0, 0.004, 0.0, 0.0, 0.002))
    assert "the least that a training photo shows" in plan.why["predict.least_totals"]
    assert make_plan(fingerprint(everywhere, few), CPU, Request()).predict.least_totals == ()
    scene = replace(fingerprint(defect), background=None)
    assert make_plan(scene, CPU, Request()).predict.least_totals == ()


def test_a_batch_is_what_the_gpu_holds() -> None:
    of = fingerprint(OBJECT)
    batches = {gb: make_plan(of, replace(GPU, gpu_memory_gb=gb), Request()).optim.batch for gb in (4.0, 8.0, 80.0)}
    assert batches == {4.0: 4, 8.0: 8, 80.0: 16}
    assert make_plan(of, GPU, Request(net="fcdensenet103")).optim.batch == 8


def test_photos_that_are_seen_a_few_times_are_changed_gently() -> None:
    few, many = fingerprint(OBJECT, photos=367), fingerprint(OBJECT, photos=30)
    seldom, often = make_plan(few, CPU, Request(1.25)), make_plan(many, CPU, Request(1.25))
    at_length = make_plan(few, CPU, Request(45.0))
    assert (seldom.scale.zoom_low, seldom.scale.zoom_high) == (0.8, 1.25)
    assert seldom.augment.elastic == seldom.augment.blur == seldom.augment.noise == 0
    assert seldom.augment.rotate_deg < often.augment.rotate_deg < at_length.augment.rotate_deg == 45
    assert "2 crops of each photo" in seldom.why["augment.colour"]
    assert at_length.augment.elastic == pytest.approx(0.21)
    assert make_plan(few, GPU, Request(1.25)).augment.elastic > 0.1


def test_the_whole_encoder_is_frozen_where_there_is_only_time_for_the_decoder() -> None:
    assert make_plan(fingerprint(OBJECT, photos=367), CPU, Request(1.25)).net.frozen_stages == 5
    assert make_plan(fingerprint(OBJECT, photos=367), CPU, Request(10.0)).net.frozen_stages == 3
    assert make_plan(fingerprint(OBJECT, photos=367), CPU, Request(1.25, weights="random")).net.frozen_stages == 0


def test_a_scene_for_which_there_is_little_time_keeps_its_encoder_and_is_seen_nearly_whole() -> None:
    small = replace(OBJECT, extent=0.05, width=0.01, photos=367)
    scene = fingerprint(*(small,) * 4, size_hw=(360, 480), photos=367)
    brief, long, things = (
        make_plan(scene, CPU, Request(16.0)),
        make_plan(scene, CPU, Request(45.0)),
        make_plan(fingerprint(*(small,) * 3, size_hw=(360, 480), photos=367), CPU, Request(16.0)),
    )
    assert (brief.net.frozen_stages, brief.scale.long_side_px) == (5, 384)
    assert "most of the scene" in brief.why["scale.long_side_px"]
    assert brief.augment.elastic == brief.augment.blur == 0 < things.augment.blur < long.augment.blur
    assert (long.net.frozen_stages, long.scale.long_side_px) == (3, 480)
    assert (things.net.frozen_stages, things.scale.long_side_px) == (3, 480)
    assert make_plan(scene, GPU, Request(0.1)).scale.long_side_px == 480
    assert make_plan(scene, CPU, Request(16.0, net="fcdensenet103")).scale.long_side_px == 480


@pytest.mark.parametrize(("size_hw", "long_side_px"), [((240, 350), 350), ((384, 512), 384), ((600, 800), 800)])
def test_only_scenes_a_little_larger_than_a_crop_are_brought_down_to_it(
    size_hw: tuple[int, int], long_side_px: int
) -> None:
    tiny = replace(OBJECT, extent=0.01, width=0.001, photos=367)
    scene = fingerprint(*(tiny,) * 4, size_hw=size_hw, photos=367)
    assert make_plan(scene, CPU, Request(10.0)).scale.long_side_px == long_side_px


def test_objects_of_large_photos_keep_their_size_in_a_scene_too() -> None:
    scene = fingerprint(*(replace(OBJECT, extent=0.28, photos=367),) * 4, photos=367)
    plan = make_plan(scene, CPU, Request(10.0))
    assert plan.scale.long_side_px == pytest.approx(0.4 * plan.scale.crop_px / 0.28, rel=0.01)


def test_the_mirrored_photo_is_averaged_where_training_mirrors() -> None:
    assert make_plan(fingerprint(OBJECT), CPU, Request()).predict.flip
    sided = replace(fingerprint(OBJECT), class_names=("background", "left wing"))
    assert not make_plan(sided, CPU, Request()).predict.flip


def test_the_old_name_of_the_request_still_works() -> None:
    with pytest.warns(DeprecationWarning, match="request=... now"):
        assert make_plan(fingerprint(OBJECT), CPU, wishes=Request(3.0)).optim.minutes == 3
