"""Augmentation strength, from the classes and the expected views per photo."""

import math
import re
from dataclasses import dataclass

from maskwright.datasets.fingerprint import Fingerprint
from maskwright.planning.machine import Machine
from maskwright.planning.plan import AugmentPlan, Request

CROPS_A_SECOND = 10
GPU_CROPS_A_SECOND = 200
"""Rough, not measured: the same data and minutes give the same plan on every machine of a kind."""
FEW_VIEWS, MANY_VIEWS = 20, 40
FEW_VIEWS_OF_SPARSE, MANY_VIEWS_OF_SPARSE = 100, 200
"""Where classes are many and a photo shows one of them: each is seen so much less often."""
GENTLE_REACH = 1.25
MANY_CLASSES = 4
CLASSES_IN_A_SCENE = 2.0
"""Classes that a photo of a scene shows in the mean, at least: a set of defects has as many, but one a photo."""
SCENE_VIEWS = 30
SIDE_WORDS = ("left", "right", "lhs", "rhs", "l", "r")

Why = dict[str, str]


@dataclass(frozen=True)
class Views:
    """How often training sees each photo.

    `count`: about how many crops of each photo the minutes allow, by a rule of thumb for the machine.
    `scene`: there are many classes, and a photo shows several of them; `sparse`: it shows one of them, or none.
    """

    count: float
    scene: bool
    sparse: bool = False

    @property
    def is_brief_scene(self) -> bool:
        """True if many classes must be learned from few views of each photo."""
        return self.scene and self.count < SCENE_VIEWS

    @property
    def strength(self) -> float:
        """How strongly crops are changed, 0 to 1: twenty views do not overfit a photo, forty do.

        Five times as many where classes are sparse.
        """
        if self.is_brief_scene:
            return 0.0
        few, many = (FEW_VIEWS_OF_SPARSE, MANY_VIEWS_OF_SPARSE) if self.sparse else (FEW_VIEWS, MANY_VIEWS)
        return min(1.0, max(0.0, (self.count - few) / (many - few)))

    def between(self, gentle: float, full: float) -> float:
        """Return the value for this strength."""
        return round(gentle + self.strength * (full - gentle), 4)


def views_for(fingerprint: Fingerprint, machine: Machine, request: Request) -> Views:
    """Return roughly how often training will see each photo."""
    rate = GPU_CROPS_A_SECOND if machine.gpu else CROPS_A_SECOND
    count = request.minutes * 60 * rate / max(1, fingerprint.photos)
    many, several = len(fingerprint.objects) >= MANY_CLASSES, _classes_a_photo(fingerprint) >= CLASSES_IN_A_SCENE
    return Views(count, scene=many and several, sparse=many and not several)


def _classes_a_photo(fingerprint: Fingerprint) -> float:
    """Return how many object classes a photo shows in the mean."""
    return sum(c.photos for c in fingerprint.objects) / max(1, fingerprint.measured)


def spread(fingerprint: Fingerprint) -> float:
    """Return the factor by which the middle 80 % of the objects differ in size."""
    known = [c for c in fingerprint.objects if c.extent_low > 0]
    return max((c.extent_high / c.extent_low for c in known), default=1.0)


def zoom_range(fingerprint: Fingerprint, views: Views) -> tuple[float, float]:
    """Return the smallest and the largest zoom of training crops."""
    reach = views.between(GENTLE_REACH, min(max(math.sqrt(spread(fingerprint)), 1.4), 2.0))
    return round(1 / reach, 2), round(reach, 2)


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
        return f"{crops}, and {_classes_shown(fingerprint)}, so that each class is seen rarely"
    return f"{crops}, so there is little overfitting"


def _classes_shown(fingerprint: Fingerprint) -> str:
    return f"{_classes_a_photo(fingerprint):.1f} of {len(fingerprint.objects)} classes are in a photo"


def _names_a_side(name: str) -> bool:
    """True if one of the words of a class name is a side, as in frontLeft or left_wing."""
    return any(word.lower() in SIDE_WORDS for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name))


def _why_upright(fingerprint: Fingerprint) -> str:
    if _is_upright(fingerprint):
        return "off: a class stays near the top or the bottom"
    shown = f"{_classes_a_photo(fingerprint):.1f} of {len(fingerprint.objects)} classes in a photo"
    return f"off: {shown} make a scene, which has a top and a bottom"


def _is_upright(fingerprint: Fingerprint) -> bool:
    """True if some common class stays near the top or near the bottom of its photos."""
    common = [c for c in fingerprint.objects if c.photos >= 0.3 * fingerprint.measured and c.photos >= 3]
    return any(abs(c.centre_y - 0.5) > max(0.15, 3 * c.spread_y) for c in common)
