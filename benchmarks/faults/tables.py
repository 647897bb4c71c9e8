"""The tables of the suite: what was injected against what was named first."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.faults.bases import REPORTED_ON, TUNED_ON
from benchmarks.faults.trials import Outcome
from benchmarks.field.cures.cure import read
from benchmarks.field.cures.section import section as cures
from benchmarks.field.tables import NEXT, section, stored

STORED_NOTES = Path(__file__).with_name("DOCTOR.notes.md")
"""What the stored answers do not say: it belongs to them, and is written anew or removed with them."""
HARM = 0.03
KINDS = ("prediction", "mask", "serving", "training")


def is_first(outcome: Outcome) -> bool:
    """Tell whether the first finding names the fault."""
    return bool(outcome.named) and outcome.named[0] in outcome.trial.codes


def is_in_three(outcome: Outcome) -> bool:
    """Tell whether one of the first three findings names the fault."""
    return bool(set(outcome.named[:3]) & set(outcome.trial.codes))


def names_both(outcome: Outcome) -> bool:
    """Tell whether both of two faults are named."""
    return set(outcome.trial.codes) <= set(outcome.named)


def is_harmless(outcome: Outcome) -> bool:
    """Tell whether the fault, or one of two, takes away so little IoU that a warning would be a false alarm."""
    return outcome.cost is not None and outcome.cost < HARM


def counted(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the outcomes of faults that do harm and that what was given can show."""
    return [o for o in outcomes if not is_harmless(o) and not (o.unseen and not o.named)]


def summary(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """Return the figures that the suite is there for, with their counts."""
    found: dict[str, str] = {}
    every = [o for o in outcomes if o.trial.kind in KINDS]
    single = counted(every)
    for words, chosen in (
        ("all sets", single),
        (f"sets that thresholds were set on ({', '.join(TUNED_ON)})", [o for o in single if o.trial.is_tuned]),
        (f"sets that were only reported on ({', '.join(REPORTED_ON)})", [o for o in single if not o.trial.is_tuned]),
    ):
        found[f"named first, {words}"] = _share([is_first(o) for o in chosen])
        found[f"named among the first three, {words}"] = _share([is_in_three(o) for o in chosen])
    found[f"left out above: injected, but took away less than {HARM} IoU"] = str(sum(map(is_harmless, every)))
    unseen = [o for o in every if o.unseen and not o.named]
    found["left out above: said that the photos cannot show it"] = str(len(unseen))
    found["named first, with all that is left out above"] = _share([is_first(o) for o in every])
    twos = [o for o in outcomes if o.trial.kind == "two"]
    found["two faults at once, both named"] = _share([names_both(o) for o in counted(twos)])
    found[f"two faults at once, one of them below {HARM} IoU, both named"] = _share(
        [names_both(o) for o in twos if is_harmless(o)]
    )
    alarms = [o for o in outcomes if o.trial.kind == "healthy"]
    found["healthy runs and data sets with a warning or an error"] = _share([bool(o.named) for o in alarms])
    return found


def _share(hits: Sequence[bool]) -> str:
    return f"{sum(hits)} of {len(hits)} ({sum(hits) / len(hits):.1%})" if hits else "none measured"


def confusion_rows(outcomes: Sequence[Outcome]) -> list[tuple[str, int, int, int, int, str]]:
    """Return a row a fault: its name, cases, sets, named first, among the first three, and what else came first."""
    rows = []
    single = [o for o in outcomes if o.trial.kind in KINDS]
    for fault in dict.fromkeys((o.trial.kind, o.trial.fault) for o in single):
        trials = [o for o in single if (o.trial.kind, o.trial.fault) == fault]
        others = Counter((o.named[0] if o.named else "nothing") for o in trials if not is_first(o))
        said = ", ".join(f"{code} {count}x" for code, count in others.most_common())
        sets = len({o.trial.set_name for o in trials})
        quiet = [f"{o.trial.set_name} costs {o.cost:.3f}" for o in trials if not is_first(o) and o.cost is not None]
        quiet += [f"{o.trial.set_name} cannot show it, as was said" for o in trials if o.unseen and not o.named]
        said += f" ({', '.join(quiet)})" if quiet else ""
        rows.append(
            (
                f"{fault[0]}: {fault[1]}",
                len(trials),
                sets,
                sum(map(is_first, trials)),
                sum(map(is_in_three, trials)),
                said,
            )
        )
    return rows


def as_markdown(outcomes: Sequence[Outcome], unknown: Sequence[str]) -> str:
    """Return the page that the suite leaves: figures, injected x first named, false alarms, two faults at once."""
    lines = ["# What the doctor is worth", "", section(*stored()), cures(read()), NEXT, ""]
    lines += ["Written by `make doctor-bench`; do not edit.", "", *_notes(), "| | |", "|---|---|"]
    lines += [f"| {words} | {value} |" for words, value in summary(outcomes).items()]
    lines += ["", "## Injected against named first", ""]
    lines += ["| injected | cases | sets | first | first three | named first instead |", "|---|---|---|---|---|---|"]
    lines += ["| " + " | ".join(str(value) for value in row) + " |" for row in confusion_rows(outcomes)]
    lines += ["", "## False alarms", "", "| healthy | set | said |", "|---|---|---|"]
    alarms = [o for o in outcomes if o.trial.kind == "healthy" and o.named]
    lines += [f"| {o.trial.fault}, seed {o.trial.seed} | {o.trial.set_name} | {', '.join(o.named)} |" for o in alarms]
    lines += ["", "## Two faults at once", "", "| injected | set | named |", "|---|---|---|"]
    twos = [o for o in outcomes if o.trial.kind == "two"]
    lines += [
        f"| {o.trial.fault} | {o.trial.set_name} | {'both: ' if names_both(o) else ''}{_named(o)} |" for o in twos
    ]
    lines += _commits(outcomes)
    if unknown:
        lines += ["", f"Not findings yet, so not injected: {', '.join(sorted(set(unknown)))}."]
    return "\n".join(lines) + "\n"


def _notes() -> list[str]:
    return [*STORED_NOTES.read_text(encoding="utf-8").splitlines(), ""] if STORED_NOTES.exists() else []


def _commits(outcomes: Sequence[Outcome]) -> list[str]:
    """Return a table of which code answered which sets: a suite that was asked in parts must not look whole."""
    asked = Counter((o.commit or "unknown", o.trial.kind, o.trial.set_name) for o in outcomes)
    lines = ["", "## Which code answered", "", "| commit | kind | sets (cases) |", "|---|---|---|"]
    for code, kind in dict.fromkeys((code, kind) for code, kind, _ in asked):
        sets = ", ".join(f"{name} ({count})" for (c, k, name), count in asked.items() if (c, k) == (code, kind))
        lines.append(f"| {code} | {kind} | {sets} |")
    return lines


def _named(outcome: Outcome) -> str:
    return ", ".join(outcome.named) or "nothing"
