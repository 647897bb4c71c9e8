"""completion: print a script that completes verbs and flags in a shell."""

import argparse
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from maskwright.cli.arguments import add_verb

if TYPE_CHECKING:
    from maskwright.cli.arguments import Verbs

NAME = "completion"
EXAMPLE = 'eval "$(maskwright completion bash)"'

BASH = """_maskwright() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" verb="${{COMP_WORDS[1]}}" words=""
    if [ "$COMP_CWORD" -eq 1 ]; then
        words="{verbs} --help --version"
    else
        case "$verb" in
{cases}
        esac
    fi
    if [[ "$word" == -* || "$COMP_CWORD" -eq 1 ]]; then
        COMPREPLY=($(compgen -W "$words" -- "$word"))
    else
        COMPREPLY=($(compgen -f -- "$word") $(compgen -W "$words" -- "$word"))
    fi
}}
complete -o filenames -F _maskwright maskwright
"""


def add(verbs: "Verbs") -> None:
    """Add the verb with its arguments."""
    parser = add_verb(verbs, NAME, "print a script that completes verbs and flags", run=run, example=EXAMPLE)
    parser.add_argument("shell", metavar="SHELL", choices=("bash", "zsh", "fish"), help="bash, zsh or fish")


def run(options: argparse.Namespace) -> int:
    """Print the script for the shell."""
    from maskwright.cli.hints import flags_of, verbs_of
    from maskwright.cli.parser import parser

    words = {name: [*_choices(verb), *flags_of(verb)] for name, verb in verbs_of(parser()).items()}
    match options.shell:
        case "bash":
            print(bash_script(words), end="")
        case "zsh":
            print(f"autoload -U +X bashcompinit && bashcompinit\n{bash_script(words)}", end="")
        case _:
            print(fish_script(words), end="")
    return 0


def bash_script(words: Mapping[str, Sequence[str]]) -> str:
    """Return a script for bash; `words` are the flags and fixed words of each verb."""
    cases = "\n".join(f'            {verb}) words="{" ".join(flags)}" ;;' for verb, flags in words.items())
    return BASH.format(verbs=" ".join(words), cases=cases)


def fish_script(words: Mapping[str, Sequence[str]]) -> str:
    """Return a script for fish; `words` are the flags and fixed words of each verb."""
    lines = [f"complete -c maskwright -n __fish_use_subcommand -f -a '{' '.join(words)}'"]
    for verb, flags in words.items():
        condition = f"__fish_seen_subcommand_from {verb}"
        lines += [f"complete -c maskwright -n '{condition}' -l {flag[2:]}" for flag in flags if flag.startswith("--")]
    return "\n".join(lines) + "\n"


def _choices(verb: argparse.ArgumentParser) -> list[str]:
    """Return the fixed words that a verb takes, such as coils and puzzles."""
    return [str(choice) for action in verb._actions if not action.option_strings for choice in action.choices or ()]
