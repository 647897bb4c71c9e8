"""How often a training will see each photo: what the strength of augmentation, crops and the network follow from."""

import math
from dataclasses import dataclass

from maskwright.datasets.fingerprint import Fingerprint
from maskwright.planning.machine import Machine
from maskwright.planning.plan import Request

CROPS_A_SECOND = 10
GPU_CROPS_A_SECOND = 200
"""Rough, not measured: the same data and minutes give the same plan on every machine of a kind."""
FEW_VIEWS = 20
"""Crops of a photo up to which it is changed gently."""
MANY_VIEWS = 40
"""Crops of a photo from which on it is changed in full."""
FEW_VIEWS_OF_SPARSE = 100
"""As FEW_VIEWS where classes are many and a photo shows one of them: each is seen so much less often."""
MANY_VIEWS_OF_SPARSE = 200
"""As MANY_VIEWS where classes are many and a photo shows one of them."""
GENTLE_REACH = 1.25
MANY_CLASSES = 4
CLASSES_IN_A_SCENE = 2.0
"""Classes that a photo of a scene shows in the mean, at least: a set of defects has as many, but one a photo."""
SCENE_VIEWS = 30


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
    many, several = len(fingerprint.objects) >= MANY_CLASSES, classes_a_photo(fingerprint) >= CLASSES_IN_A_SCENE
    return Views(count, scene=many and several, sparse=many and not several)


def classes_a_photo(fingerprint: Fingerprint) -> float:
    """Return how many object classes a photo shows in the mean."""
    return sum(c.photos for c in fingerprint.objects) / max(1, fingerprint.measured)


def object_size_ratio(fingerprint: Fingerprint) -> float:
    """Return the factor by which the middle 80 % of the objects differ in size."""
    known = [c for c in fingerprint.objects if c.extent_low > 0]
    return max((c.extent_high / c.extent_low for c in known), default=1.0)


def zoom_range(fingerprint: Fingerprint, views: Views) -> tuple[float, float]:
    """Return the smallest and the largest zoom of training crops."""
    reach = views.between(GENTLE_REACH, min(max(math.sqrt(object_size_ratio(fingerprint)), 1.4), 2.0))
    return round(1 / reach, 2), round(reach, 2)
