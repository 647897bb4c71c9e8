"""Answers to a wrong verb or flag: the nearest one, or what maskwright has instead of other tools' flags."""

import argparse
import re
from collections.abc import Sequence
from difflib import get_close_matches

STEPS = "the minutes decide how long training takes: --minutes 10; a fixed number of steps: --set optim.steps=400"
BATCH = "--set optim.batch=8"
DEVICE = (
    "a GPU is used if there is one, several with `train --devices N`; with CUDA_VISIBLE_DEVICES= in front of the "
    "command, the CPU"
)
RATE = "--set optim.lr_decoder=1e-3, and optim.lr_encoder for pretrained layers"
SIZE = "--set scale.long_side_px=1024 for photos, scale.crop_px=512 for crops"
INSTEAD = {
    "--epochs": STEPS,
    "--epoch": STEPS,
    "--steps": STEPS,
    "--iterations": STEPS,
    "--batch": BATCH,
    "--batch-size": BATCH,
    "--batch_size": BATCH,
    "--device": DEVICE,
    "--gpu": DEVICE,
    "--gpus": DEVICE,
    "--cuda": DEVICE,
    "--cpu": DEVICE,
    "--lr": RATE,
    "--learning-rate": RATE,
    "--learning_rate": RATE,
    "--optimizer": "--set optim=sgd",
    "--loss": "--set loss=dice",
    "--model": "--net NAME; `maskwright nets` lists them",
    "--arch": "--net NAME; `maskwright nets` lists them",
    "--backbone": "--set net.encoder=NAME",
    "--encoder": "--set net.encoder=NAME",
    "--weights": "--set net.weights=FILE",
    "--pretrained": "--set net.weights=FILE",
    "--imgsz": SIZE,
    "--size": SIZE,
    "--img-size": SIZE,
    "--crop": SIZE,
    "--data": "give the data as a plain word, in the place of DATA",
    "--output": "--out",
    "-o": "--out",
    "--val": "--set split.test=0.2 holds photos out",
    "--test": "--set split.test=0.2 holds photos out",
    "--config": "--set plan=plan.toml, an edited plan",
    "--augment": "--set augment=none, or single steps as in --set augment.colour=0.5",
    "--classes": "--only CLASS takes one class",
    "--workers": "not needed: photos are loaded beside the training",
    "--cv": "--folds 5",
}
"""Flags of other tools, and what to use instead."""


VERBS_ELSEWHERE = {
    "predict": ("segment", "infer", "inference", "apply", "detect", "run"),
    "evaluate": ("test", "eval", "val", "validate", "score", "benchmark"),
    "train": ("fit", "learn", "finetune", "fine-tune"),
    "diagnose": ("debug", "explain", "doctor", "why"),
    "check": ("inspect", "stats", "info", "lint", "analyze", "analyse"),
    "report": ("show", "view", "open"),
    "draw": ("generate", "synth", "synthesize"),
    "nets": ("models", "networks", "archs"),
    "live": ("webcam", "camera", "stream"),
}
"""What other tools call a verb."""


def explain_unknown(whole: argparse.ArgumentParser, words: Sequence[str]) -> None:
    """Leave with one line for a verb or a flag that does not exist; it suggests one that does."""
    verbs = verbs_of(whole)
    verb = next((word for word in words if not word.startswith("-")), None)
    if verb is None:
        return
    if verb not in verbs:
        meant = next((name for name, others in VERBS_ELSEWHERE.items() if verb.lower() in others), "")
        hint = f"did you mean {meant}?" if meant else nearest(verb, list(verbs), "verbs")
        whole.error(f"there is no verb {verb!r}: {hint}")
    known = flags_of(verbs[verb])
    for word in words[words.index(verb) + 1 :]:
        if word == "--":
            return
        flag = word.partition("=")[0]
        if _looks_like_a_flag(word) and not _is_known(flag, known):
            verbs[verb].error(_instead(flag, known))


def _is_known(flag: str, known: Sequence[str]) -> bool:
    """True for a flag, the beginning of a long one, and a short one with its value behind it.

    Another tool's flag is none, though it may begin one: --device is not --devices.
    """
    if flag.startswith("--"):
        return flag in known or (flag not in INSTEAD and any(name.startswith(flag) for name in known))
    return flag[:2] in known


def nearest(word: str, known: Sequence[str], plural: str) -> str:
    """Return a question about the nearest word that is known, or the list of all."""
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else f"the {plural} are {', '.join(known)}"


def plainly(message: str, example: str) -> str:
    """Return argparse's message in plain words: what is missing with an example, a wrong choice with the nearest."""
    if missing := re.fullmatch("the following arguments are required: (.*)", message):
        shown = example.removeprefix("example: ")
        verb = "are" if ", " in missing[1] else "is"
        return f"{missing[1].replace(', ', ' and ')} {verb} missing" + (f", as in `{shown}`" if shown else "")
    if choice := re.fullmatch(r"(argument [^:]*): invalid choice: '([^']*)' \(choose from (.*)\)", message):
        known = [name.strip("' ") for name in choice[3].split(",")]
        near = get_close_matches(choice[2], known, n=1, cutoff=0.6)
        return f"{choice[1]}: there is no {choice[2]!r}: " + (
            f"did you mean {near[0]}?" if near else f"choose one of {', '.join(known)}"
        )
    return message


def verbs_of(whole: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each verb."""
    choices = (action.choices for action in whole._actions if isinstance(action, argparse._SubParsersAction))
    return {name: verb for group in choices for name, verb in group.items()}


def flags_of(verb: argparse.ArgumentParser) -> list[str]:
    """Return the flags that a verb takes."""
    return list(verb._option_string_actions)


def _looks_like_a_flag(word: str) -> bool:
    return len(word) > 1 and word.startswith("-") and not word[1].isdigit() and word[1] != "."


def _instead(flag: str, known: Sequence[str]) -> str:
    if flag in INSTEAD:
        return f"there is no {flag}; instead: {INSTEAD[flag]}"
    flags = [name for name in known if name.startswith("--")]
    return f"there is no {flag}: {nearest(flag, flags, 'flags')}"
