"""Where crops are drawn: how many show an object, and how many are drawn by class."""

from maskwright.datasets.fingerprint import Fingerprint
from maskwright.models.catalogue import Network
from maskwright.planning.plan import SamplingPlan
from maskwright.planning.rules.reasons import Why

RARE_CLASS = 0.1
"""A class that fewer of the photos show is rare: crops that follow the photos hardly ever show it."""
CLASS_SHARE = 0.5
"""Of the crops, where a class is rare: the others keep the photos' own mixture."""


def sampling_for(fingerprint: Fingerprint, network: Network, why: Why) -> SamplingPlan:
    """Return how crops are drawn from the photos; the reasons go to `why`."""
    rarest = min((c.share for c in fingerprint.objects), default=0.0)
    share = 0.7 if rarest < 0.02 else 0.6 if rarest < 0.2 else 0.33
    why["sampling.object_share"] = f"the rarest class covers {rarest:.2%}: {share:.0%} of the crops show an object"
    why["sampling.inner_until"] = "after this share of the steps the inner validation photos are trained on too"
    why["sampling.inner_photos"] = (
        "how many of them a validation uses, the last up to six times as many; "
        "0: as many as a twentieth of the minutes allows"
    )
    why["sampling.centred_until"] = (
        "DeconvNet's first stage: one object centred, the others background; then the whole task"
        if network.centred_until
        else "0: no first stage with one centred object, which is DeconvNet's"
    )
    class_share, why["sampling.class_share"] = _class_share(fingerprint)
    return SamplingPlan(
        share, inner_until=0.75, inner_photos=0, centred_until=network.centred_until, class_share=class_share
    )


def _class_share(fingerprint: Fingerprint) -> tuple[float, str]:
    """Return the share of the crops that is drawn by class, and why."""
    named = zip(fingerprint.classes, fingerprint.class_names, strict=True)
    counts = [(c.photos, name) for i, (c, name) in enumerate(named) if i != fingerprint.background and c.photos]
    photos, name = min(counts, default=(fingerprint.measured, ""))
    if photos >= RARE_CLASS * fingerprint.measured:
        return 0.0, f"0: every class is in {RARE_CLASS:.0%} of the photos or more"
    return CLASS_SHARE, (
        f"{CLASS_SHARE:.0%} of the crops: the class {name!r} is in {photos} of {fingerprint.measured} photos, "
        "so half of the crops show each class as often as the others"
    )
