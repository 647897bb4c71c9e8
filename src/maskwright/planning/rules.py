"""The rules: fingerprint + machine + request -> Plan. Pure; every choice leaves its reason."""

import warnings

from maskwright.datasets.fingerprint import Fingerprint
from maskwright.losses.spec import LossSpec
from maskwright.models.catalogue import Network, require_network
from maskwright.planning.augmentation import Why, augment_for, views_for
from maskwright.planning.crops import with_small_crops
from maskwright.planning.machine import Machine
from maskwright.planning.network import network_for
from maskwright.planning.optimizers import optim_for
from maskwright.planning.plan import Plan, Request, SamplingPlan
from maskwright.planning.prediction import predict_for
from maskwright.planning.scale import scale_for

GREATEST_WEIGHT = 5.0
RARE_CLASS = 0.1
"""A class that fewer of the photos show is rare: crops that follow the photos hardly ever show it."""
CLASS_SHARE = 0.5
"""Of the crops, where a class is rare: the others keep the photos' own mixture."""


def make_plan(
    fingerprint: Fingerprint, machine: Machine, request: Request | None = None, *, wishes: Request | None = None
) -> Plan:
    """Return the plan for these photos on this machine; `plan.why` gives the reason for each value.

    `wishes` is the old name of `request`. Raises ConfigError if the network does not exist.
    """
    if wishes is not None:
        warnings.warn("make_plan(wishes=...) is called request=... now", DeprecationWarning, stacklevel=2)
    request = request or wishes or Request()
    why: Why = {}
    network = require_network(request.net)
    views = views_for(fingerprint, machine, request)
    scale = scale_for(fingerprint, machine, network, views, why)
    if not machine.gpu:
        scale = with_small_crops(scale, fingerprint, request=request, views=views, why=why)
    augment = augment_for(fingerprint, views, why)
    return Plan(
        scale=scale,
        net=network_for(request, network, machine, views, why),
        augment=augment,
        loss=_loss(fingerprint, request, why),
        optim=optim_for(request, network, machine, why),
        sampling=_sampling(fingerprint, network, why),
        predict=predict_for(fingerprint, scale, augment, why),
        why=why,
    )


def _loss(fingerprint: Fingerprint, request: Request, why: Why) -> LossSpec:
    shares = [c.share for c in fingerprint.classes]
    present = sorted(s for s in shares if s > 0) or [1.0]
    median = present[len(present) // 2] if len(present) > 2 else max(present)
    weights = tuple(round(min(max((median / s) ** 0.5, 0.5), GREATEST_WEIGHT), 2) if s > 0 else 1.0 for s in shares)
    why["loss.class_weights"] = (
        f"square root of median share / share, at most {GREATEST_WEIGHT:g}: "
        f"the rarest class covers {min(present):.2%} of the pixels"
    )
    why["loss.class_shares"] = "measured on the training masks"
    why["loss.mix"] = (
        "cross-entropy uses every pixel and calibrates the probabilities, Dice measures each class as a whole"
        if request.loss == Request().loss
        else "as asked for"
    )
    return LossSpec(mix=request.loss, class_weights=weights, class_shares=tuple(round(s, 6) for s in shares))


def _sampling(fingerprint: Fingerprint, network: Network, why: Why) -> SamplingPlan:
    rarest = min((c.share for c in fingerprint.objects), default=0.0)
    share = 0.7 if rarest < 0.02 else 0.6 if rarest < 0.2 else 0.33
    why["sampling.object_share"] = f"the rarest class covers {rarest:.2%}: {share:.0%} of the crops show an object"
    why["sampling.inner_until"] = "after this share of the steps the inner validation photos are trained on too"
    why["sampling.inner_photos"] = "how many of them a validation uses; 0: as many as a twentieth of the minutes allows"
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
