"""The page and the JSON of a learning curve."""

import math
from dataclasses import asdict

from maskwright.evaluation.verdict import QUALITY_WORDS
from maskwright.files import without_nan, write_json, write_text
from maskwright.report.rendering import number, page_environment, share_percent
from maskwright.report.report_data import Fact
from maskwright.workflows.learning_curve.curve import VALUES, LearningCurve
from maskwright.workflows.learning_curve.report.advice import WORDS, advice_on, arm_lines, doubts, quality_words
from maskwright.workflows.learning_curve.report.plot import curve_svg
from maskwright.workflows.learning_curve.report.sample_complexity import enough_of
from maskwright.workflows.learning_curve.report.words import reach_of, spread


def write_curve(curve: LearningCurve) -> None:
    """Write `learning_curve.html` and `learning_curve.json` into the folder of the curve."""
    write_json(curve.folder / VALUES, curve_as_json(curve))
    write_text(curve.page, render_curve(curve))


def render_curve(curve: LearningCurve) -> str:
    """Return the page as HTML: no script, no request to anywhere."""
    environment = page_environment()
    environment.filters.update(spread=spread, signed=_signed, number=number, share=share_percent)
    return environment.get_template("learning_curve.html").render(
        curve=curve,
        chart=curve_svg(curve),
        reach=reach_of(curve.forecast, curve.photos, curve.agreement, curve.target, is_rough=curve.is_rough),
        lines=arm_lines(curve),
        doubts=doubts(curve),
        advice=advice_on(curve),
        enough=enough_of(curve),
        arm_words=WORDS,
        quality_words=QUALITY_WORDS,
        good=quality_words(curve),
        facts=_facts(curve),
    )


def _signed(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:+.3f}"


def _facts(curve: LearningCurve) -> list[Fact]:
    setting = curve.setting
    groups = "" if curve.groups == curve.photos else f" in {curve.groups} groups that stay together"
    return [
        Fact("photos", f"{curve.photos}{groups}: {setting.data}"),
        Fact("each training", f"{setting.minutes:.1f} minutes, {setting.net} from {setting.weights} weights"),
        Fact("folds", f"{setting.folds}; a photo is scored by models that have not seen it"),
        Fact("scored photos", str(len(curve.points[-1].photo_ious))),
        Fact("photos as seen", f"long side {setting.long_side_px} px, in crops of {setting.crop_px} px"),
    ]


def curve_as_json(curve: LearningCurve) -> dict[str, object]:
    """Return what `learning_curve.json` holds; NaN becomes null."""
    reach = reach_of(curve.forecast, curve.photos, curve.agreement, curve.target, is_rough=curve.is_rough)
    advice = advice_on(curve)
    values: object = without_nan(
        {
            "sentence": curve.sentence,
            "photos": curve.photos,
            "groups": curve.groups,
            "now": asdict(curve.now),
            "doubled": asdict(curve.doubled),
            "gain": asdict(curve.gain),
            "asymptote": asdict(curve.forecast.asymptote),
            "interval": 0.8,
            "target": asdict(reach) if reach else None,
            "labels": asdict(curve.agreement),
            "points": [asdict(point) for point in curve.points],
            "arms": [asdict(arm) for arm in curve.arms],
            "suspects": [suspect.name for suspect in curve.suspects],
            "without_suspects": curve.without_suspects,
            "training": {**asdict(curve.setting), "data": str(curve.setting.data)},
            "label_bits": {"mean_by_photo": curve.bits.mean_by_photo, "class_label": curve.bits.class_label},
            "doubts": doubts(curve),
            "quality": asdict(curve.quality),
            "next": {"sentence": advice.sentence, "command": advice.command},
        }
    )
    assert isinstance(values, dict)
    return values
