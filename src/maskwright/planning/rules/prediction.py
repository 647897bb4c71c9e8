"""How the trained network is applied to a photo."""

from maskwright.datasets.fingerprint import Fingerprint
from maskwright.planning.plan import AugmentPlan, PredictPlan, ScalePlan
from maskwright.planning.rules.reasons import Why

LEAST_PATCHES = 20
"""Fewer patches do not tell how small one can be."""
PATCH_MARGIN = 0.5
"""Of the smallest patch drawn; less if training zooms out so far that objects become smaller than that."""
LEAST_PHOTOS = 5
"""Fewer photos with a class do not tell how little of it one can show."""
MANY_PHOTOS = 10
"""Of so many photos with a class, the one that shows least is a bound that hardly another goes below."""
TOTAL_MARGIN = 0.5
"""Of the least that few training photos show of a class."""

THIN = 0.1
"""An object narrower than this share of its extent, such as a tree of vessels, is predicted in several patches."""


def predict_for(fingerprint: Fingerprint, scale: ScalePlan, augment: AugmentPlan, why: Why) -> PredictPlan:
    """Return zooms, mirroring and what happens to small patches; the reasons go into `why`."""
    single, why["predict.one_object"] = _one_object(fingerprint)
    wide = (round(max(scale.zoom_low, 0.7), 2), 1.0, round(min(scale.zoom_high, 1.4), 2))
    zooms = wide if fingerprint.median_long_side_px > scale.long_side_px else (1.0,)
    why["predict.zooms"] = (
        "logits averaged over several scales" if len(zooms) > 1 else "one scale: photos are used as they are"
    )
    why["predict.windows"] = "tiles: each place is computed once; grid and objects, DeconvNet's way, take longer"
    why["predict.flip"] = (
        "on: training mirrors too; the mirrored photo is averaged; --set predict.flip=false takes half the time"
        if augment.flip_x
        else "off: left and right are different classes"
    )
    least, why["predict.least_patch"] = (
        (0.0, "0: the largest patch is kept, whatever its size") if single else _least_patch(fingerprint, scale)
    )
    totals, why["predict.least_totals"] = _least_totals(fingerprint)
    return PredictPlan(zooms, augment.flip_x, single, least_patch=least, least_totals=totals)


def _one_object(fingerprint: Fingerprint) -> tuple[bool, str]:
    """Return whether only the largest patch is kept, and why."""
    objects = fingerprint.objects
    shown = [c.most_objects == 1 and c.photos == fingerprint.measured for c in objects]
    if fingerprint.measured < 5 or shown != [True]:
        return False, "photos show none or several objects"
    if objects[0].width < THIN * objects[0].extent:
        return False, "each training photo shows exactly one, but so thin that a mask of it breaks into patches"
    return True, "each training photo shows exactly one: keep the largest patch"


def _least_patch(fingerprint: Fingerprint, scale: ScalePlan) -> tuple[float, str]:
    """Return half of the smallest patch drawn, if enough were drawn; less if training zooms out far."""
    objects = fingerprint.objects
    if fingerprint.background is None:
        return 0.0, "0: there is no background for small patches to become"
    patches = sum(c.patches for c in objects)
    if patches < LEAST_PATCHES:
        return 0.0, f"0: {patches} patches in the training masks are too few to know how small one can be"
    smallest = min(c.least_area for c in objects)
    margin = min(PATCH_MARGIN, scale.zoom_low**2)
    px = smallest * fingerprint.median_long_side_px**2
    reason = f"{margin:.0%} of the smallest of {patches} patches in the training masks, which has {px:.0f} px"
    return round(smallest * margin, 9), reason


def _least_totals(fingerprint: Fingerprint) -> tuple[tuple[float, ...], str]:
    """Return, by class, the least that a training photo with it shows of it; none for classes in all photos.

    Half of it where few photos show the class. A photo that shows less of a class most likely does not show it.
    """
    if fingerprint.background is None:
        return (), "none: there is no background for a class to become"
    totals = tuple(
        round(c.least_total * (1.0 if c.photos >= MANY_PHOTOS else TOTAL_MARGIN), 9)
        if i != fingerprint.background and LEAST_PHOTOS <= c.photos < fingerprint.measured and c.least_total > 0
        else 0.0
        for i, c in enumerate(fingerprint.classes)
    )
    if not any(totals):
        return (), f"none: no class is in {LEAST_PHOTOS} training photos or more and missing in others"
    few = f", half of it below {MANY_PHOTOS} photos with the class"
    return totals, f"the least that a training photo shows of each class that other photos lack{few}"
