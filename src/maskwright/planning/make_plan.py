"""The whole plan from fingerprint, machine and request. Pure; every choice leaves its reason."""

import warnings

from maskwright.datasets.fingerprint import Fingerprint
from maskwright.models.catalogue import require_network
from maskwright.planning.machine import Machine
from maskwright.planning.plan import Plan, Request
from maskwright.planning.rules.augmentation import augment_for
from maskwright.planning.rules.loss import loss_for
from maskwright.planning.rules.network import network_for
from maskwright.planning.rules.optimizers import optim_for
from maskwright.planning.rules.prediction import predict_for
from maskwright.planning.rules.reasons import Why
from maskwright.planning.rules.sampling import sampling_for
from maskwright.planning.rules.scale import scale_for
from maskwright.planning.rules.short_training_crops import with_small_crops
from maskwright.planning.rules.views import views_for


def make_plan(
    fingerprint: Fingerprint, machine: Machine, request: Request | None = None, *, wishes: Request | None = None
) -> Plan:
    """Return the plan for these photos on this machine; `plan.why` gives the reason for each value.

    `wishes` is the old name of `request`. Raises ConfigError if the network does not exist.

        >>> fingerprint = mw.measure(mw.open_dataset("photos"))
        >>> plan = mw.make_plan(fingerprint, mw.this_machine(), mw.Request(minutes=5))
        >>> plan.why["optim.minutes"]
        'the wall-clock asked for: 5'
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
        loss=loss_for(fingerprint, request, why),
        optim=optim_for(request, network, machine, why),
        sampling=sampling_for(fingerprint, network, why),
        predict=predict_for(fingerprint, scale, augment, why),
        why=why,
    )
