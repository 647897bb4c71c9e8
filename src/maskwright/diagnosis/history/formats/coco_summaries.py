"""The lines that COCO's evaluation prints: `Average Precision  (AP) @[ IoU=0.50 | area=   all | ... ] = 0.412`."""

import re
from collections.abc import Iterable, Iterator

LINE = re.compile(
    r"Average (?P<kind>Precision|Recall)\s+\(A[PR]\)\s*@\[\s*IoU=(?P<limit>[\d.:]+)\s*\|\s*area=\s*(?P<area>\w+)\s*\|"
    r"\s*maxDets=\s*(?P<most>\d+)\s*\]\s*=\s*(?P<value>-?[\d.]+)"
)
OF = re.compile(r"(?:annotation type \*|IoU metric: |Evaluation results for )(?P<of>bbox|segm)")
"""Lines that say of what the summary below them is: of boxes or of masks."""
NAMES = {"0.50:0.95": "mAP", "0.50": "mAP50", "0.75": "mAP75"}


def named_precisions(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines of a log; those of COCO's summaries come as `name number`, and their limits are no scores.

    Kept are the precisions over objects of all sizes; -1 stands for sizes that no object has.

    >>> list(named_precisions(["Average Precision  (AP) @[ IoU=0.50 | area=   all | maxDets=100 ] = 0.412"]))
    ['val mAP50 0.412']
    """
    of = ""
    for line in lines:
        said = OF.search(line)
        of = f"_{said['of']}" if said else of
        summary = LINE.search(line)
        if not summary:
            yield line
        elif summary["kind"] == "Precision" and summary["area"] == "all" and summary["limit"] in NAMES:
            yield f"val {NAMES[summary['limit']]}{of} {summary['value']}"
