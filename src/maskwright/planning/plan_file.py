"""plan.toml, read strictly and written with reasons. Precedence: rules < plan.toml < --set."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import tomli_w

from maskwright.errors import ConfigError, RunError
from maskwright.files import read_text, read_toml, write_text
from maskwright.losses.catalogue import parse_mix
from maskwright.models.catalogue import require_fitting_crop, require_fitting_net, require_network
from maskwright.output_file_names import PLAN_FILE
from maskwright.planning.overrides import BY_HAND, Override, values_of
from maskwright.planning.plan import Plan
from maskwright.planning.rules.optimizers import usual_rate
from maskwright.schema import checked

Tree = dict[str, Any]
FROM_FILE = "from "
"""The reason of a value that a user chose in a plan.toml, with its name behind."""


def plan_as_tree(plan: Plan) -> Tree:
    """Return the plan's sections as nested plain values, without the reasons."""
    return {
        section.name: {
            f.name: _plain(getattr(getattr(plan, section.name), f.name)) for f in fields(getattr(plan, section.name))
        }
        for section in fields(plan)
        if is_dataclass(getattr(plan, section.name))
    }


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def write_plan(plan: Plan, path: Path) -> None:
    """Write the plan as toml, the reason for each value as a comment above it."""
    lines = [
        "# How maskwright trains here. Change what you like, and give it back:",
        "# maskwright train DATA --out RUN --set plan=plan.toml",
        "",
    ]
    for section, values in plan_as_tree(plan).items():
        lines.append(f"[{section}]")
        for key, value in values.items():
            reason = plan.why.get(f"{section}.{key}")
            lines += [f"# {reason}"] if reason else []
            lines.append(tomli_w.dumps({key: value}, multiline_strings=False).strip().replace("\n", " "))
        lines.append("")
    write_text(path, "\n".join(lines))


def rates_are_planned(plan: Plan) -> bool:
    """Tell whether the learning rates are the rules' own: not set by hand, nor in a plan.toml, nor in Python code."""
    if plan.optim.lr_decoder != usual_rate(plan.optim.name, require_network(plan.net.name)):
        return False
    reasons = [plan.why.get(f"optim.{key}", BY_HAND) for key in ("lr_decoder", "lr_encoder")]
    return not any(reason == BY_HAND or reason.startswith(FROM_FILE) for reason in reasons)


def read_plan(path: Path, *, why: Mapping[str, str] | None = None) -> Plan:
    """Return the plan that a toml file holds, checked strictly; ConfigError names the key and what it may be."""
    return plan_from_tree(read_toml(path), where=str(path), why=why)


def plan_from_tree(tree: Tree, *, where: str, why: Mapping[str, str] | None = None) -> Plan:
    """Return the plan of nested values; ConfigError with the dotted key, what was found, and what is allowed."""
    plan = replace(checked(Plan, tree, where=where, hidden=("why",)), why=dict(why or {}))
    require_coherent(plan, where=where)
    return plan


def require_coherent(plan: Plan, *, where: str) -> None:
    """Raise ConfigError if the network or loss does not exist, or the network cannot use the plan's other values."""
    if plan.scale.zoom_low > plan.scale.zoom_high:
        raise ConfigError(f"{where}: scale.zoom_low: must not be above scale.zoom_high = {plan.scale.zoom_high}")
    net = plan.net
    require_network(net.name)
    require_fitting_crop(net.name, plan.scale.crop_px)
    require_fitting_net(
        net.name,
        width=net.width,
        checkpointing=net.checkpointing,
        blocks=len(net.decoder_channels),
        weights=net.weights,
    )
    parse_mix(plan.loss.mix)


def with_overrides(plan: Plan, overrides: Sequence[Override]) -> Plan:
    """Return the plan with the values of `--set`; ConfigError if they do not fit together."""
    values = values_of(overrides)
    sections = {
        section: replace(getattr(plan, section), **_of_section(section, values))
        for section in {key.partition(".")[0] for key in values}
    }
    why = {**plan.why, **dict.fromkeys(values, BY_HAND)}
    changed = replace(plan, **sections, why=why)
    require_coherent(changed, where="--set")
    _require_effective(changed)
    return changed


def _require_effective(plan: Plan) -> None:
    """Raise ConfigError if a value has no effect; plans of finished runs are read as they are."""
    if plan.augment.elastic_px > 0 and plan.augment.elastic == 0:
        raise ConfigError(
            f"augment.elastic_px: {plan.augment.elastic_px:g} has no effect, since augment.elastic=0 switches bending "
            "off: add --set augment.elastic=1, or leave elastic_px out"
        )


def _of_section(section: str, values: Mapping[str, object]) -> dict[str, Any]:
    return {key.partition(".")[2]: value for key, value in values.items() if key.startswith(f"{section}.")}


def read_reasons(path: Path) -> dict[str, str]:
    """Return the reasons that `write_plan` left as comments, by dotted key."""
    why, section, reason = {}, "", ""
    for line in read_text(path).splitlines():
        if line.startswith("# "):
            reason = line[2:]
        elif line.startswith("["):
            section, reason = line.strip("[] "), ""
        elif "=" in line:
            why[f"{section}.{line.partition('=')[0].strip()}"] = reason
            reason = ""
    return {key: text for key, text in why.items() if text}


def plan_of_run(folder: Path) -> Plan:
    """Return the plan that a run folder holds, with the reasons written there; RunError if it holds none."""
    path = folder / PLAN_FILE
    if not path.exists():
        raise RunError(f"{folder} holds no plan.toml: restore it, or train again")
    return read_plan(path, why=read_reasons(path))
