"""A plan's own rates are not blamed: on car_parts that warning was obeyed, and the IoU fell from 0.230 to 0.080."""

from dataclasses import replace
from pathlib import Path

from maskwright.diagnosis.curves.history_findings import history_findings
from maskwright.diagnosis.evidence.evidence import Evidence
from maskwright.diagnosis.history.reading import read_history
from maskwright.training.health.guards import run_guards
from maskwright.training.health.probes import Probe
from maskwright.training.health.record import Record

HISTORY = """\
step,minutes,loss,lr,validation_iou
4,0.230,2.89014,1.759e-03,0.05201
9,0.330,2.52350,3.000e-03,0.08979
13,0.406,2.29564,2.947e-03,0.10112
18,0.495,2.20487,2.765e-03,0.13549
23,0.583,2.11424,2.493e-03,0.14750
28,0.669,1.84153,2.169e-03,0.21994
33,0.758,1.74066,1.731e-03,0.25547
38,0.859,1.88335,1.272e-03,0.26392
43,0.957,1.67120,7.167e-04,0.25759
48,1.061,1.57730,3.563e-04,
52,1.139,1.59030,8.386e-05,
56,1.213,1.66920,6.263e-06,
"""
"""A training of 75 s on car_parts by the plan alone."""
LONG_STEPS = Probe(
    step=30,
    rate_share=1.0,
    gradients={"encoder": 0.9, "decoder": 1.1, "head": 0.4, "all": 1.5},
    moved={"encoder": 0.004, "decoder": 0.03, "head": 0.05, "all": 0.03},
    predicted_classes=4,
    truth_classes=5,
)
"""Of a training in which the loss had hardly fallen yet: 3 % of the weights' length in one step."""


def test_a_default_training_on_car_parts_says_nothing_about_its_own_rate(tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text(HISTORY)
    history = read_history(tmp_path / "history.csv")
    codes = [f.code for f in history_findings(Evidence(history=history)) if f.severity != "note"]
    assert [code for code in codes if code.startswith("lr-")] == []


def test_the_same_steps_are_named_only_where_a_user_set_the_rates() -> None:
    losses = [2.2 - 0.001 * i for i in range(56)]
    record = Record(56, batch=4, losses=losses, probes=[replace(LONG_STEPS, step=s) for s in (20, 30, 40)])
    assert [f.code for f in run_guards(replace(record, lr_decoder=0.3))] == ["lr-too-high"]
    assert run_guards(replace(record, lr_decoder=0.003, own_rates=True)) == []
