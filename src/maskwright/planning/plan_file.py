"""plan.toml strictly in and out, and `--set key=value`: precedence is rules < plan.toml < --set."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import TypeAdapter, ValidationError

from maskwright.errors import ConfigError
from maskwright.files import write_text
from maskwright.losses.catalogue import parse_mix
from maskwright.models.catalogue import NETWORKS, require_fitting_crop, require_fitting_net, require_network
from maskwright.models.weights.availability import require_known_weights, require_weights, timm_name_of
from maskwright.models.weights.torchvision_files import FILES as TORCHVISION_FILES
from maskwright.models.weights.torchvision_files import require_torchvision_weights
from maskwright.planning.optimizers import USUAL
from maskwright.planning.overrides import split_assignments
from maskwright.planning.plan import Plan, Wishes

Tree = dict[str, Any]


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


def read_plan(path: Path, *, why: Mapping[str, str] | None = None) -> Plan:
    """Return the plan that a toml file holds, checked strictly; ConfigError names the key and what it may be."""
    return plan_from_tree(read_toml(path), where=str(path), why=why)


def read_toml(path: Path) -> Tree:
    """Return a toml file as nested values; ConfigError where it is missing or no toml."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid toml: {error}") from error


def plan_from_tree(tree: Tree, *, where: str, why: Mapping[str, str] | None = None) -> Plan:
    """Return the plan of nested values; ConfigError with the dotted key, what was found, and what is allowed."""
    _refuse_unknown(tree, where)
    text = _as_json(tree, where)
    try:
        plan = TypeAdapter(Plan).validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        found = "" if first["type"] == "missing" else f", not {first['input']!r}"
        raise ConfigError(f"{where}: {key}: {first['msg']}{found}") from error
    plan = replace(plan, why=dict(why or {}))
    if plan.scale.zoom_low > plan.scale.zoom_high:
        raise ConfigError(f"{where}: scale.zoom_low: must not be above scale.zoom_high = {plan.scale.zoom_high}")
    require_coherent(plan)
    return plan


def require_coherent(plan: Plan) -> None:
    """Raise ConfigError where the plan names no network or loss, or its crops are too small for the network."""
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


def _as_json(tree: Tree, where: str) -> str:
    """Return the tree as JSON, the form that pydantic reads strictly; ConfigError for dates and for inf and nan."""
    for section, values in tree.items():
        for key, value in values.items():
            try:
                json.dumps(value, allow_nan=False)
            except (TypeError, ValueError) as error:
                raise ConfigError(f"{where}: {section}.{key}: must be a finite number or text, not {value}") from error
    return json.dumps(tree)


def _refuse_unknown(tree: Tree, where: str) -> None:
    sections: dict[str, Any] = {f.name: f.type for f in fields(Plan) if f.name != "why"}
    for section, values in tree.items():
        if section not in sections or not isinstance(values, dict):
            raise ConfigError(f"{where}: {section}: unknown section; the sections are {', '.join(sections)}")
        keys = [f.name for f in fields(sections[section])]
        for key in values:
            if key not in keys:
                raise ConfigError(f"{where}: {section}.{key}: unknown key; [{section}] has {', '.join(keys)}")


def set_values(plan: Plan, assignments: Sequence[str]) -> Plan:
    """Return the plan with `section.key=value` assignments applied; values are read as toml, bare words as text."""
    tree = plan_as_tree(plan)
    why = dict(plan.why)
    for key, value in split_assignments(assignments):
        section, _, name = key.partition(".")
        tree.setdefault(section, {})[name] = value
        why[key] = "set by hand"
    changed = plan_from_tree(tree, where="--set", why=why)
    _require_effective(changed)
    return changed


def _require_effective(plan: Plan) -> None:
    """Raise ConfigError where a value has no effect; not for plans of finished runs, which are read as they are."""
    if plan.augment.elastic_px > 0 and plan.augment.elastic == 0:
        raise ConfigError(
            f"augment.elastic_px: {plan.augment.elastic_px:g} has no effect, since augment.elastic=0 switches bending "
            "off: add --set augment.elastic=1, or leave elastic_px out"
        )


def read_reasons(path: Path) -> dict[str, str]:
    """Return the reasons that `write_plan` left as comments, by dotted key."""
    why, section, reason = {}, "", ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            reason = line[2:]
        elif line.startswith("["):
            section, reason = line.strip("[] "), ""
        elif "=" in line:
            why[f"{section}.{line.partition('=')[0].strip()}"] = reason
            reason = ""
    return {key: text for key, text in why.items() if text}


def plan_of_run(folder: Path) -> Plan:
    """Return the plan that a run folder holds, with the reasons written there."""
    path = folder / "plan.toml"
    return read_plan(path, why=read_reasons(path))


def require_net(plan_file: Path | None, assignments: Sequence[str]) -> None:
    """Raise at once, without torch, if a network, a loss or an encoder's weights asked for cannot be had."""
    tree: dict[str, Tree] = read_toml(plan_file) if plan_file else {}
    given = tree.get("net", {})
    given = given if isinstance(given, dict) else {}  # what is no table is refused where the plan is read
    asked = {f"net.{key}": value for key, value in given.items()} | dict(split_assignments(assignments))
    name, encoder, weights = (asked.get(f"net.{key}") for key in ("name", "encoder", "weights"))
    network = require_network(name) if isinstance(name, str) else NETWORKS["unet"]
    if isinstance(asked.get("loss.mix"), str):
        parse_mix(asked["loss.mix"])
    if isinstance(weights, str):
        require_known_weights(weights)
    if isinstance(encoder, str) and (weights or network.weights) == "imagenet":
        require_weights(timm_name_of(encoder))
    if network.classifier in TORCHVISION_FILES and weights == "imagenet":
        require_torchvision_weights(network.classifier)


def wishes_of(assignments: Sequence[str], *, minutes: float | None) -> Wishes:
    """Return what the assignments ask for that other numbers follow from: network and start, loss, time."""
    asked = dict(split_assignments(assignments))
    given = asked.get("optim.minutes", minutes)
    minutes = given if isinstance(given, int | float) and given > 0 else minutes
    found = {
        field: asked[key]
        for field, key in (
            ("net", "net.name"),
            ("encoder", "net.encoder"),
            ("weights", "net.weights"),
            ("optimiser", "optim.name"),
            ("loss", "loss.mix"),
        )
        if isinstance(asked.get(key), str)
    }
    if found.get("optimiser", "adamw") not in USUAL:
        raise ConfigError(f"--set optim.name: there is no optimiser {found['optimiser']!r}: take {', '.join(USUAL)}")
    return replace(Wishes(), minutes=minutes or Wishes().minutes, **found)
