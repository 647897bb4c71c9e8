"""Augmentation strength, from the classes and the expected views per photo."""

import re

from maskwright.datasets.fingerprint import Fingerprint
from maskwright.planning.plan import AugmentPlan
from maskwright.planning.rules.reasons import Why
from maskwright.planning.rules.views import Views, classes_a_photo

SIDE_WORDS = ("left", "right", "lhs", "rhs", "l", "r")


def augment_for(fingerprint: Fingerprint, views: Views, why: Why) -> AugmentPlan:
    """Return how much crops are changed; the reasons go into `why`."""
    sided = [name for name in fingerprint.class_names if _names_a_side(name)]
    upright = _is_upright(fingerprint) or views.scene
    much = 1.0 if fingerprint.photos < 100 else 0.7
    why["augment.flip_x"] = f"off: the class {sided[0]!r} names a side" if sided else "on: no class names a side"
    why["augment.flip_y"] = _why_upright(fingerprint) if upright else "on: objects appear at any height"
    gentle = "" if views.strength == 1 else _why_gentle(fingerprint, views)
    turns = "photos are upright" if upright else "photos may be rotated"
    rotate_deg = views.between(5.0, 15.0 if upright else 45.0)
    why["augment.rotate_deg"] = f"{rotate_deg:g}: {turns}" + (f"; {gentle}" if gentle else "")
    reason = (
        f"{views.strength:.0%} of the way from gentle to full: {gentle}"
        if gentle
        else f"{fingerprint.photos} training photos: {'strong' if much == 1.0 else 'moderate'}"
    )
    for key in ("perspective", "elastic", "colour", "blur", "noise"):
        why[f"augment.{key}"] = reason
    why["augment.elastic_grid"] = "5 places a side: a bend spans a quarter of a crop"
    why["augment.elastic_px"] = "0: as augment.elastic says; the U-Net paper has 10 with a grid of 3"
    for key in ("clahe", "sharpen", "motion_blur", "hue"):
        why[f"augment.{key}"] = "0: the colour table and the blur do most of it; arms of the recipe `article` have it"
    return AugmentPlan(
        flip_x=not sided,
        flip_y=not upright and not sided,
        rotate_deg=rotate_deg,
        perspective=views.between(0.02, 0.12 * much),
        elastic=views.between(0.0, 0.3 * much),
        colour=views.between(0.15, 0.5 * much),
        blur=views.between(0.0, 0.2 * much),
        noise=views.between(0.0, 0.2 * much),
    )


def _why_gentle(fingerprint: Fingerprint, views: Views) -> str:
    crops = f"the minutes allow about {max(1, round(views.count))} crops of each photo"
    if views.sparse:
        return f"{crops}, and {_classes_shown(fingerprint)} are in a photo, so that each class is seen rarely"
    return f"{crops}, so there is little overfitting"


def _classes_shown(fingerprint: Fingerprint) -> str:
    return f"{classes_a_photo(fingerprint):.1f} of {len(fingerprint.objects)} classes"


def _names_a_side(name: str) -> bool:
    """True if one of the words of a class name is a side, as in frontLeft or left_wing."""
    return any(word.lower() in SIDE_WORDS for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name))


def _why_upright(fingerprint: Fingerprint) -> str:
    if _is_upright(fingerprint):
        return "off: a class stays near the top or the bottom"
    return f"off: {_classes_shown(fingerprint)} in a photo make a scene, which has a top and a bottom"


def _is_upright(fingerprint: Fingerprint) -> bool:
    """True if some common class stays near the top or near the bottom of its photos."""
    common = [c for c in fingerprint.objects if c.photos >= 0.3 * fingerprint.measured and c.photos >= 3]
    return any(abs(c.centre_y - 0.5) > max(0.15, 3 * c.spread_y) for c in common)
