"""The rules: fingerprint + machine + wishes -> Plan. Pure; every choice leaves its reason."""

import math

from maskwright.datasets.fingerprint import Fingerprint
from maskwright.losses.spec import LossSpec
from maskwright.models.catalogue import LITE0, WHOLE_DECODER, Network, require_network
from maskwright.models.spec import NetworkSpec
from maskwright.planning.augmentation import Views, Why, augment_for, spread, views_for, zoom_range
from maskwright.planning.machine import Machine
from maskwright.planning.optimizers import USUAL
from maskwright.planning.plan import (
    AugmentPlan,
    OptimPlan,
    Plan,
    PredictPlan,
    SamplingPlan,
    ScalePlan,
    Wishes,
)

OBJECT_SHARE_OF_CROP = 0.4
THIN_PX = 4.0
FROZEN_STAGES = 3
ALL_STAGES = 5
HALVED_DECODER = (128, 64, 32, 32)
GPU_BATCHES = ((16, 9.5), (8, 4.75), (4, 0.0))
"""Crops of 512 px in a batch, and from how many GB of the GPU's memory on; heavy networks take half of them."""
ALL_FROZEN_BELOW = 3
"""Crops of each photo."""
SCENE_IN_CROPS, LARGEST_SCENE_IN_CROPS = 1.2, 1.6
"""Long side of a scene, in crops, where there is little time for it, and the largest that is brought down to that."""
LEAST_PATCHES = 20
PATCH_MARGIN = 0.5
"""Of the smallest patch drawn; less where training zooms out so far that objects become smaller than that."""


def make_plan(fingerprint: Fingerprint, machine: Machine, wishes: Wishes) -> Plan:
    """Return the plan for these photos on this machine; `plan.why` says where each number comes from."""
    why: Why = {}
    network = require_network(wishes.net)
    views = views_for(fingerprint, machine, wishes)
    scale = _scale(fingerprint, machine, views, network, why)
    augment = augment_for(fingerprint, views, why)
    return Plan(
        scale=scale,
        net=_net(wishes, machine, views, why),
        augment=augment,
        loss=_loss(fingerprint, wishes, why),
        optim=_optim(machine, wishes, why),
        sampling=_sampling(fingerprint, network, why),
        predict=_predict(fingerprint, scale, augment, why),
        why=why,
    )


def _scale(fingerprint: Fingerprint, machine: Machine, views: Views, network: Network, why: Why) -> ScalePlan:
    crop = 512 if machine.gpu else network.cpu_crop_px
    why["scale.crop_px"] = f"{crop}: " + (
        "a GPU has room for wide crops"
        if machine.gpu
        else "on a CPU, more steps on smaller crops learn faster"
        if crop == Network.cpu_crop_px
        else "this network is heavy for a CPU"
    )
    full = fingerprint.median_long_side_px
    brief = crop == Network.cpu_crop_px and views.is_brief_scene
    long_side, why["scale.long_side_px"] = _long_side(fingerprint, crop, full, brief=brief)
    low, high = zoom_range(fingerprint, views)
    why["scale.zoom_low"] = why["scale.zoom_high"] = (
        f"{low:g} to {high:g}: the middle 80 % of the objects differ in size by a factor of {spread(fingerprint):.1f}"
        if views.strength == 1
        else f"{low:g} to {high:g}: each photo will not be seen often enough for more"
    )
    return ScalePlan(long_side, crop, low, high)


def _long_side(fingerprint: Fingerprint, crop: int, full: int, *, brief: bool) -> tuple[int, str]:
    """Return the working long side: objects at 0.4 of a crop and at least 4 px wide, never beyond the photo.

    With many classes it is the class at the lower quartile, of extents and of widths, that decides. Of a `brief`
    scene a little larger than a crop, crops show most all the same.
    """
    extents = sorted(c.extent for c in fingerprint.objects if not math.isnan(c.extent))
    widths = sorted(c.width for c in fingerprint.objects if not math.isnan(c.width))
    if not extents:
        return min(full, 2 * crop), "no objects were measured: twice a crop"
    extent, width = extents[len(extents) // 4], widths[len(widths) // 4]
    by_extent, by_width = OBJECT_SHARE_OF_CROP * crop / extent, THIN_PX / width
    wanted = max(by_extent, by_width)
    long_side = max(32, round(min(max(wanted, crop), full)))
    if brief and long_side > SCENE_IN_CROPS * crop and full <= LARGEST_SCENE_IN_CROPS * crop:
        return round(SCENE_IN_CROPS * crop), (
            f"{SCENE_IN_CROPS:g} crops: in little time a scene is learnt best from crops that show most of it"
        )
    if long_side == full:
        return (
            full,
            f"photos keep their {full} px: objects are {extent * full:.0f} px large and {width * full:.0f} px wide",
        )
    if wanted < crop:
        return long_side, f"the whole photo in one crop, where objects are still {extent * long_side:.0f} px large"
    if by_width > by_extent:
        return long_side, f"at this scale the median object is still {THIN_PX:.0f} px wide"
    return (
        long_side,
        f"at this scale the median object is {extent * long_side:.0f} px large, {OBJECT_SHARE_OF_CROP:.0%} of a crop",
    )


def _net(wishes: Wishes, machine: Machine, views: Views, why: Why) -> NetworkSpec:
    network = require_network(wishes.net)
    encoder = wishes.encoder or network.encoder
    why["net.name"] = "a U-Net keeps thin edges" if wishes.net == "unet" else f"as asked for: {network.title}"
    why["net.encoder"] = (
        f"as asked for: {encoder}"
        if encoder != network.encoder
        else "EfficientNet-Lite0: the best trade of accuracy for time on two cores, and it needs no download"
        if encoder == LITE0
        else f"{network.encoder}: what this decoder is made for"
        if network.encoder
        else "none to choose: the encoder is part of this network"
    )
    halved = not machine.gpu and wishes.net == "unet"
    why["net.decoder_channels"] = "half of the usual width: same quality, twice as fast; only a U-Net's" + (
        "; four blocks, and the head doubles their size: the fifth would see nothing that the fourth did not"
        if halved
        else ""
    )
    weights = wishes.weights or network.weights
    why["net.weights"] = {
        "imagenet": "few photos: start from what ImageNet taught",
        "auto": "ImageNet's where they can be had",
        "random": "from scratch, as asked for" if wishes.weights else "this network is trained from scratch",
    }.get(weights, "what an earlier training left")
    width = 1.0 if machine.gpu else network.cpu_width
    why["net.width"] = (
        "1: all channels that the network is defined with"
        if width == 1
        else f"{width:g} of the channels: all of them are too heavy for a CPU"
    )
    frozen, why["net.frozen_stages"] = _frozen(encoder, weights, machine, views)
    why["net.checkpointing"] = "off: it saves memory and costs time"
    decoder = HALVED_DECODER if halved else WHOLE_DECODER
    return NetworkSpec(wishes.net, encoder, decoder, weights, width=width, frozen_stages=frozen)


def _frozen(encoder: str, weights: str, machine: Machine, views: Views) -> tuple[int, str]:
    if machine.gpu or encoder != LITE0 or weights != "imagenet":
        return 0, "0: the whole encoder adapts to the photos, at its own low rate"
    if views.count < ALL_FROZEN_BELOW or views.is_brief_scene:
        return ALL_STAGES, f"{ALL_STAGES}: there is time to train the decoder, not to adapt the encoder as well"
    seen = "what they see, edges and textures, is the same in all photos, and a step takes a quarter less"
    return FROZEN_STAGES, f"{FROZEN_STAGES}: {seen}"


def _loss(fingerprint: Fingerprint, wishes: Wishes, why: Why) -> LossSpec:
    shares = [c.share for c in fingerprint.classes]
    present = sorted(s for s in shares if s > 0) or [1.0]
    median = present[len(present) // 2] if len(present) > 2 else max(present)
    weights = tuple(round(min(max((median / s) ** 0.5, 0.5), 5.0), 2) if s > 0 else 1.0 for s in shares)
    why["loss.class_weights"] = (
        f"root of the class's share, cut at 5: the rarest class covers {min(present):.2%} of the pixels"
    )
    why["loss.class_shares"] = "measured on the training masks"
    why["loss.mix"] = (
        "cross-entropy gives every pixel a say and calibrated probabilities, Dice sees a class as a whole"
        if wishes.loss == Wishes().loss
        else "as asked for"
    )
    shares_known = tuple(round(s, 6) for s in shares)
    return LossSpec(mix=wishes.loss, class_weights=weights, class_shares=shares_known)


def _optim(machine: Machine, wishes: Wishes, why: Why) -> OptimPlan:
    batch = _gpu_batch(machine, require_network(wishes.net)) if machine.gpu else 4
    why["optim.minutes"] = f"the wall-clock asked for: {wishes.minutes:g}"
    why["optim.steps"] = "0: as many as fit into the minutes, measured as they are taken"
    why["optim.batch"] = f"{batch}: " + (
        f"what {machine.gpu_memory_gb:g} GB of a GPU should hold"
        if machine.gpu
        else "many small steps make the most of a CPU"
    )
    usual = USUAL[wishes.optimiser]
    weights = wishes.weights or require_network(wishes.net).weights
    adapted = require_network(wishes.net).lr if wishes.optimiser == "adamw" else None
    together = weights == "random" or (weights == "auto" and adapted is not None)
    why["optim.name"] = "forgiving of its rate" if wishes.optimiser == "adamw" else "as asked for"
    why["optim.schedule"] = usual.schedule_reason
    why["optim.lr_encoder"] = (
        "that of the decoder: random weights have as far to go"
        if together
        else "a tenth of the decoder's: pretrained weights move less"
    )
    lr = adapted or usual.lr
    why["optim.lr_decoder"] = "what suits this network from scratch with AdamW" if adapted else usual.lr_reason
    why["optim.weight_decay"] = usual.decay_reason
    why["optim.momentum"] = "of SGD alone: usual, and in most papers; FCN's published code has 0.99"
    why["optim.bias_rate"] = "1: biases learn at the rate of the weights; FCN's authors double it, 2"
    why["optim.ema"] = "averages the last hundred steps"
    fast = machine.bf16
    why["optim.rescue"] = "off: what the guards find is told; --set rescue=true lets them mend it"
    why["optim.precision"] = "bf16: this machine computes it itself" if fast else "fp32: bf16 would be emulated here"
    return OptimPlan(
        name=wishes.optimiser,
        schedule=usual.schedule,
        minutes=wishes.minutes,
        steps=0,
        batch=batch,
        lr_encoder=lr if together else round(lr / 10, 9),
        lr_decoder=lr,
        weight_decay=usual.weight_decay,
        ema=0.99,
        precision="bf16-mixed" if fast else "32-true",
    )


def _gpu_batch(machine: Machine, network: Network) -> int:
    batch = next(count for count, least_gb in GPU_BATCHES if machine.gpu_memory_gb >= least_gb)
    return batch // 2 if network.cpu_crop_px < Network.cpu_crop_px else batch


def _sampling(fingerprint: Fingerprint, network: Network, why: Why) -> SamplingPlan:
    rarest = min((c.share for c in fingerprint.objects), default=0.0)
    share = 0.7 if rarest < 0.02 else 0.6 if rarest < 0.2 else 0.33
    why["sampling.object_share"] = (
        f"the rarest class covers {rarest:.2%}: {share:.0%} of the crops are laid on an object"
    )
    why["sampling.inner_until"] = "after that share of the steps the inner validation photos are learnt from as well"
    why["sampling.inner_photos"] = (
        "how many of them a validation looks at; 0: as many as a twentieth of the minutes allows"
    )
    why["sampling.centred_until"] = (
        "DeconvNet's first stage: one object centred, the others background; then the whole task"
        if network.centred_until
        else "0: no first stage of crops with one object centred, which is DeconvNet's"
    )
    return SamplingPlan(share, inner_until=0.75, inner_photos=0, centred_until=network.centred_until)


def _predict(fingerprint: Fingerprint, scale: ScalePlan, augment: AugmentPlan, why: Why) -> PredictPlan:
    objects = fingerprint.objects
    enough = fingerprint.measured >= 5
    single = enough and len(objects) == 1 and objects[0].most_objects == 1 and objects[0].photos == fingerprint.measured
    why["predict.one_object"] = (
        "each training photo shows exactly one: keep the largest patch"
        if single
        else "photos show none or several objects"
    )
    wide = (round(max(scale.zoom_low, 0.7), 2), 1.0, round(min(scale.zoom_high, 1.4), 2))
    zooms = wide if fingerprint.median_long_side_px > scale.long_side_px else (1.0,)
    why["predict.zooms"] = (
        "logits averaged over several scales" if len(zooms) > 1 else "one scale: photos are used as they are"
    )
    why["predict.windows"] = "tiles: one look a place; grid and objects are DeconvNet's way, at several times the time"
    why["predict.flip"] = (
        "on: the mirrored photo is averaged too, as it was learnt; --set predict.flip=false takes half the time"
        if augment.flip_x
        else "off: left and right are told apart"
    )
    least, why["predict.least_patch"] = (
        (0.0, "0: the largest patch is kept, whatever its size") if single else _least_patch(fingerprint, scale)
    )
    return PredictPlan(zooms=zooms, flip=augment.flip_x, one_object=single, least_patch=least)


def _least_patch(fingerprint: Fingerprint, scale: ScalePlan) -> tuple[float, str]:
    """Return half of the smallest patch drawn, where enough were drawn to go by; less where training zooms out far."""
    objects = fingerprint.objects
    if fingerprint.background is None:
        return 0.0, "0: there is no background for small patches to become"
    patches = sum(c.patches for c in objects)
    if patches < LEAST_PATCHES:
        return 0.0, f"0: {patches} patches in the training masks are too few to tell how small one can be"
    smallest = min(c.least_area for c in objects)
    margin = min(PATCH_MARGIN, scale.zoom_low**2)
    px = smallest * fingerprint.median_long_side_px**2
    reason = f"{margin:.0%} of the smallest of {patches} patches in the training masks, which has {px:.0f} px"
    return round(smallest * margin, 9), reason
