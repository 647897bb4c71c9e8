"""The tables of the suite: what was injected against what was named first."""

from collections import Counter
from collections.abc import Sequence

from benchmarks.doctor.bases import REPORTED_ON, TUNED_ON
from benchmarks.doctor.cells import Outcome

HARM = 0.03
KINDS = ("prediction", "mask", "serving", "training")


def is_first(outcome: Outcome) -> bool:
    """Tell whether the first finding names the fault."""
    return bool(outcome.named) and outcome.named[0] in outcome.cell.codes


def is_in_three(outcome: Outcome) -> bool:
    """Tell whether one of the first three findings names the fault."""
    return bool(set(outcome.named[:3]) & set(outcome.cell.codes))


def names_both(outcome: Outcome) -> bool:
    """Tell whether both of two faults are named."""
    return set(outcome.cell.codes) <= set(outcome.named)


def summary(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """Return the figures that the suite is there for, with their counts."""
    found: dict[str, str] = {}
    single = [o for o in outcomes if o.cell.kind in KINDS]
    for words, chosen in (
        ("all sets", single),
        (f"sets that thresholds were set on ({', '.join(TUNED_ON)})", [o for o in single if o.cell.is_tuned]),
        (f"sets that were only reported on ({', '.join(REPORTED_ON)})", [o for o in single if not o.cell.is_tuned]),
    ):
        found[f"named first, {words}"] = _share([is_first(o) for o in chosen])
        found[f"named among the first three, {words}"] = _share([is_in_three(o) for o in chosen])
    harmless = [o for o in single if o.cost is not None and o.cost < HARM]
    found[f"of these cost less than {HARM} IoU, and are counted above all the same"] = str(len(harmless))
    found["named first, without those"] = _share([is_first(o) for o in single if o not in harmless])
    found["two faults at once, both named"] = _share([names_both(o) for o in outcomes if o.cell.kind == "two"])
    alarms = [o for o in outcomes if o.cell.kind == "healthy"]
    found["healthy runs and data sets with a warning or an error"] = _share([bool(o.named) for o in alarms])
    return found


def _share(hits: Sequence[bool]) -> str:
    return f"{sum(hits)} of {len(hits)} ({sum(hits) / len(hits):.1%})" if hits else "none measured"


def confusion_rows(outcomes: Sequence[Outcome]) -> list[tuple[str, int, int, int, int, str]]:
    """Return a row a fault: its name, cases, sets, named first, among the first three, and what else came first."""
    rows = []
    single = [o for o in outcomes if o.cell.kind in KINDS]
    for fault in dict.fromkeys((o.cell.kind, o.cell.fault) for o in single):
        cells = [o for o in single if (o.cell.kind, o.cell.fault) == fault]
        others = Counter((o.named[0] if o.named else "nothing") for o in cells if not is_first(o))
        said = ", ".join(f"{code} {count}x" for code, count in others.most_common())
        sets = len({o.cell.set_name for o in cells})
        quiet = [f"{o.cell.set_name} costs {o.cost:.3f}" for o in cells if not is_first(o) and o.cost is not None]
        said += f" ({', '.join(quiet)})" if quiet else ""
        rows.append(
            (f"{fault[0]}: {fault[1]}", len(cells), sets, sum(map(is_first, cells)), sum(map(is_in_three, cells)), said)
        )
    return rows


def as_markdown(outcomes: Sequence[Outcome], unknown: Sequence[str]) -> str:
    """Return the page that the suite leaves: figures, injected x first named, false alarms, two faults at once."""
    lines = ["# What the doctor is worth", "", "Written by `make doctor-bench`; do not edit.", "", "| | |", "|---|---|"]
    lines += [f"| {words} | {value} |" for words, value in summary(outcomes).items()]
    lines += ["", "## Injected against named first", ""]
    lines += ["| injected | cases | sets | first | first three | named first instead |", "|---|---|---|---|---|---|"]
    lines += ["| " + " | ".join(str(value) for value in row) + " |" for row in confusion_rows(outcomes)]
    lines += ["", "## False alarms", "", "| healthy | set | said |", "|---|---|---|"]
    alarms = [o for o in outcomes if o.cell.kind == "healthy" and o.named]
    lines += [f"| {o.cell.fault}, seed {o.cell.seed} | {o.cell.set_name} | {', '.join(o.named)} |" for o in alarms]
    lines += ["", "## Two faults at once", "", "| injected | set | named |", "|---|---|---|"]
    twos = [o for o in outcomes if o.cell.kind == "two"]
    lines += [
        f"| {o.cell.fault} | {o.cell.set_name} | {'both: ' if names_both(o) else ''}{', '.join(o.named) or 'nothing'} |"
        for o in twos
    ]
    if unknown:
        lines += ["", f"Not findings yet, so not injected: {', '.join(sorted(set(unknown)))}."]
    return "\n".join(lines) + "\n"
