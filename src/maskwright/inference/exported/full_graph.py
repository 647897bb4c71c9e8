"""The whole ONNX model: the network, and around it all that turns a photo into a mask."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from maskwright.inference.cleaning import Cleaning, cleaning_for
from maskwright.inference.exported import graph_cleaning, graph_functions, graph_text
from maskwright.inference.exported.network_to_onnx import DOMAIN, NETWORK, OPSET
from maskwright.inference.segmenter import LARGEST_ZOOM, Segmenter
from maskwright.inference.tiling import OVERLAP_SHARE
from maskwright.models.build import PaddedNet

if TYPE_CHECKING:
    from onnx import FunctionProto, ModelProto

IR_VERSION = 10
"""Of ONNX files: onnxruntime from 1.18 on reads it."""
COMMENT = re.compile(r"^\s*#.*\n", re.MULTILINE)
"""A line of comment in the text of a graph."""
NUMBER = re.compile(r"\$([A-Z_]+)")
"""A place in it that is filled with a number."""


def whole_model(segmenter: Segmenter, network: "FunctionProto", *, is_open: bool = False) -> "ModelProto":
    """Return the model photo (uint8 HxWx3) -> classes (uint8 HxW), confidence (float HxW), checked by onnx.

    An open model takes scales and mirrors as inputs, and leaves the removal of small patches to its caller.
    """
    import onnx
    from onnx import helper, parser

    numbers = {**_numbers(segmenter), **(_open_ends() if is_open else {})}
    texts = _filled(graph_functions.FUNCTIONS + graph_cleaning.LABEL_FUNCTIONS, numbers).split("<domain:")[1:]
    functions = [parser.parse_function(f"<domain:{text}") for text in texts]
    graph = parser.parse_graph(_filled(graph_text.SEGMENT, numbers))
    model = helper.make_model(
        graph,
        functions=[network, *functions],
        opset_imports=_opsets(),
        ir_version=IR_VERSION,
        producer_name="maskwright",
    )
    onnx.checker.check_model(model)
    return model


def network_model(model: "ModelProto") -> "ModelProto":
    """Return the network of a whole model alone: photos (float Nx3xHxW, 0..255) -> logits (float NxCxHxW)."""
    return function_model(next(function for function in model.functions if function.name == NETWORK))


def function_model(network: "FunctionProto") -> "ModelProto":
    """Return the function `maskwright.network` as a model: photos (float Nx3xHxW, 0..255) -> logits (NxCxHxW)."""
    from onnx import TensorProto, helper

    photos = helper.make_tensor_value_info("photos", TensorProto.FLOAT, [1, 3, "height", "width"])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, "classes", "height", "width"])
    graph = helper.make_graph(list(network.node), NETWORK, [photos], [logits])
    return helper.make_model(graph, opset_imports=_opsets()[:1], ir_version=IR_VERSION)


def _opsets() -> "list[object]":
    from onnx import helper

    return [helper.make_opsetid("", OPSET), helper.make_opsetid(DOMAIN, 1)]


def _filled(text: str, numbers: Mapping[str, str]) -> str:
    return NUMBER.sub(lambda match: numbers[match[1]], COMMENT.sub("", text))


def _numbers(segmenter: Segmenter) -> dict[str, str]:
    """Return what the text's `$NAME`s stand for in this run."""
    net, plan = segmenter.net, segmenter.predict
    assert isinstance(net, PaddedNet)
    binary = len(segmenter.classes) == 2
    scales = {
        "ZOOMS": str(len(plan.zooms)),
        "LONG_SIDES": ", ".join(repr(side) for side in long_sides(segmenter)),
        "MIRRORS": "2" if plan.flip else "1",
    }
    return {
        "CHOICES": "",
        "SCALES": _filled(graph_text.FIXED_SCALES, scales),
        "TILE": str(segmenter.tile_px),
        "STEP": repr(segmenter.tile_px * (1 - OVERLAP_SHARE)),
        "FADE": repr(0.5 * 2 * OVERLAP_SHARE),
        "LEAST": str(net.least_px),
        "STRIDE": str(net.stride),
        "LARGEST_ZOOM": repr(LARGEST_ZOOM),
        "CLASSES": str(len(segmenter.classes)),
        "LOGITS": graph_text.BINARY_LOGITS if binary else graph_text.CLASS_LOGITS,
        "CLEANING": _cleaning(cleaning_for(plan, segmenter.classes)),
        "TEMPERED": _tempered(segmenter),
    }


def _tempered(segmenter: Segmenter) -> str:
    """Return the lines that correct logits: divided by the temperature of the strongest class, lowered by shifts."""
    correction = segmenter.correction
    if not correction.temperatures:
        return graph_text.AS_IT_IS
    places = {"CLASSES": str(len(correction.temperatures)), "TEMPERATURES": _listed(correction.temperatures)}
    cooled = _filled(graph_text.TEMPERED, places)
    if not any(correction.shifts):
        return cooled
    places = {"CLASSES": str(len(correction.shifts)), "SHIFTS": _listed(correction.shifts)}
    return f"{cooled.replace('believable', 'cooled')}\n        {_filled(graph_text.SHIFTED, places)}"


def _listed(values: Sequence[float]) -> str:
    return ", ".join(repr(float(value)) for value in values)


def _open_ends() -> dict[str, str]:
    return {"CHOICES": graph_text.CHOSEN_SCALES, "SCALES": "", "CLEANING": graph_cleaning.UNCLEANED}


def long_sides(segmenter: Segmenter) -> list[float]:
    """Return the long sides in pixels at which the network sees a photo, one for each zoom of the plan."""
    return [float(segmenter.long_side_px * zoom) for zoom in segmenter.predict.zooms]


def _cleaning(cleaning: Cleaning) -> str:
    """Return the text that removes scarce classes, then small patches, as the plan says."""
    scarce = [class_id for class_id, least in enumerate(cleaning.least_totals) if least > 0]
    if not scarce:
        return _without_small_patches(cleaning)
    lines = [_filled(graph_cleaning.SCARCE_FIRST, {"BACKGROUND": str(cleaning.background)})]
    for step, class_id in enumerate(scarce):
        places = {"CLASS": str(class_id), "BEFORE": str(step), "AFTER": str(step + 1)}
        least = repr(float(cleaning.least_totals[class_id]))
        lines.append(_filled(graph_cleaning.SCARCE, {**places, "LEAST_TOTAL": least}))
    patches = _without_small_patches(cleaning).replace("strongest_classes", f"shown_{len(scarce)}")
    return "\n    ".join([*lines, patches])


def _without_small_patches(cleaning: Cleaning) -> str:
    """Return the text that removes small patches."""
    if cleaning.largest_only:
        return graph_cleaning.LARGEST
    if cleaning.least_patch <= 0:
        return graph_cleaning.UNCLEANED
    numbers = {"LEAST_PATCH": repr(float(cleaning.least_patch)), "BACKGROUND": str(cleaning.background)}
    lines = [_filled(graph_cleaning.SMALL_FIRST, {**numbers, "BEFORE": "0"})]
    for step, class_id in enumerate(cleaning.scored):
        last = step == len(cleaning.scored) - 1
        places = {"CLASS": str(class_id), "BEFORE": str(step), "AFTER": str(step + 1)}
        text = _filled(graph_cleaning.SMALL, places)
        lines.append(text.replace(f"classes_{step + 1} =", "classes =") if last else text)
    return "\n    ".join(lines)
