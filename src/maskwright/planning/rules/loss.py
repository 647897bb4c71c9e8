"""The loss in the plan: class weights from the classes' shares of the pixels."""

from maskwright.datasets.fingerprint import Fingerprint
from maskwright.losses.spec import LossSpec
from maskwright.planning.plan import Request
from maskwright.planning.rules.reasons import Why

GREATEST_WEIGHT = 5.0


def loss_for(fingerprint: Fingerprint, request: Request, why: Why) -> LossSpec:
    """Return the loss that the request names, with its class weights; the reasons go to `why`."""
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
