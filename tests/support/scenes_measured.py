"""A fingerprint of photos that nobody took, for tests of plans."""

from maskwright.datasets.fingerprint import ClassMeasures, Fingerprint

OBJECT = ClassMeasures(
    share=0.05,
    photos=40,
    extent_low=0.1,
    extent=0.2,
    extent_high=0.4,
    width=0.1,
    most_objects=1,
    centre_y=0.5,
    spread_y=0.2,
    patches=40,
    least_area=0.0004,
)
GROUND = ClassMeasures(0.95, 40, 0.9, 1.0, 1.0, 0.5, 0, 0.5, 0.1)
SCENE = Fingerprint(40, 40, 4000, (GROUND, OBJECT), ("background", "thing"), 0)
