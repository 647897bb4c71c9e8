"""The working scale and the size of crops."""

import math

from maskwright.datasets.fingerprint import Fingerprint
from maskwright.models.catalogue import Network
from maskwright.planning.machine import Machine
from maskwright.planning.plan import ScalePlan
from maskwright.planning.rules.reasons import Why
from maskwright.planning.rules.views import Views, object_size_ratio, zoom_range

OBJECT_SHARE_OF_CROP = 0.4
THIN_PX = 4.0
SCENE_IN_CROPS = 1.2
"""Long side of a scene, in crops, if there is little time for it."""
LARGEST_SCENE_IN_CROPS = 1.6
"""Long side, in crops, of the largest scene that is reduced to that."""


def scale_for(fingerprint: Fingerprint, machine: Machine, network: Network, views: Views, why: Why) -> ScalePlan:
    """Return the working scale, the crop and the zoom; the reasons go into `why`."""
    crop = 512 if machine.gpu else network.cpu_crop_px
    why["scale.crop_px"] = f"{crop}: {_why_crop(machine, network)}"
    brief = crop == Network.cpu_crop_px and views.is_brief_scene
    long_side, why["scale.long_side_px"] = _long_side(fingerprint, crop, brief=brief)
    low, high = zoom_range(fingerprint, views)
    ratio = object_size_ratio(fingerprint)
    why["scale.zoom_low"] = why["scale.zoom_high"] = (
        f"{low:g} to {high:g}: the middle 80 % of the objects differ in size by a factor of {ratio:.1f}"
        if views.strength == 1
        else f"{low:g} to {high:g}: each photo is seen too rarely for more"
    )
    return ScalePlan(long_side, crop, low, high)


def _why_crop(machine: Machine, network: Network) -> str:
    if machine.gpu:
        return "a GPU has room for wide crops"
    if network.cpu_crop_px == Network.cpu_crop_px:
        return "on a CPU, more steps on smaller crops learn faster"
    return "this network is heavy for a CPU"


def _long_side(fingerprint: Fingerprint, crop: int, *, brief: bool) -> tuple[int, str]:
    """Return the working long side and its reason: objects at 0.4 of a crop and at least 4 px wide.

    It is never above that of the photos. With many classes, the class at the lower quartile decides, of extents and
    of widths. If there is little time for a scene (`brief`) a little larger than a crop, crops show most of it.
    """
    full = fingerprint.median_long_side_px
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
            f"{SCENE_IN_CROPS:g} crops: in a short training, crops that show most of the scene work best"
        )
    object_px = extent * long_side
    if long_side == full:
        return full, f"photos keep their {full} px: objects are {object_px:.0f} px large and {width * full:.0f} px wide"
    if wanted < crop:
        return long_side, f"the whole photo in one crop, where objects are still {object_px:.0f} px large"
    if by_width > by_extent:
        return long_side, f"at this scale the median object is still {THIN_PX:.0f} px wide"
    share = f"{OBJECT_SHARE_OF_CROP:.0%} of a crop"
    return long_side, f"at this scale the median object is {object_px:.0f} px large, {share}"
