"""docs/reference/api.md: every public name, with its docstring by mkdocstrings: `python -m docs_tools.api_page`.

The table at the top is for readers of the repository, where the blocks of mkdocstrings are empty.
"""

import inspect
from pathlib import Path

import maskwright
from maskwright.files import write_text

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "api.md"

SECTIONS: dict[str, tuple[str, ...]] = {
    "Data": (
        "open_dataset",
        "convert",
        "Dataset",
        "Sample",
        "ClassTable",
        "measure",
        "Fingerprint",
        "split",
        "folds",
        "Parts",
        "label_bits",
        "LabelBits",
    ),
    "Checks": ("check", "check_pairs", "Finding"),
    "Planning": ("make_plan", "Plan", "Request", "this_machine", "Machine"),
    "Training": ("train", "Run", "learning_curve", "LearningCurve"),
    "Prediction": ("load", "Segmenter"),
    "Evaluation and report": ("evaluate", "Evaluation", "write_report"),
    "Diagnosis": ("diagnose", "read_folders", "read_pairs", "read_model", "find_skew", "Evidence"),
    "Fully convolutional networks": ("imagenet_classifier", "to_fully_convolutional", "class_heat_map"),
    "Errors": ("MaskwrightError",),
}
"""The public names in the order of the work; names that are new and in no section come last, under "More"."""


EXAMPLES = (
    "The examples run in a folder that holds six drawn photos with their labels, `photos`, and a run that was trained "
    "on them, `runs/photos-1`; `np` is NumPy."
)


def page() -> str:
    """Return the page as markdown: a table of all public names, and one mkdocstrings block for each."""
    lines = ["# Python API", "", "<!-- made by `make docs`; do not edit -->", ""]
    lines += ["Everything here is imported from `maskwright` itself:", ""]
    lines += ["```python", "import maskwright as mw", "```", ""]
    lines += [EXAMPLES, ""]
    sectioned = {name for names in SECTIONS.values() for name in names}
    more = tuple(name for name in maskwright.__all__ if name not in sectioned and not name.startswith("_"))
    sections = [(title, names) for title, names in [*SECTIONS.items(), ("More", more)] if names]
    lines += ["| name | what it is |", "|---|---|", *(_row(name) for _, names in sections for name in names), ""]
    for title, names in sections:
        lines += [f"## {title}", "", *(line for name in names for line in _block(name))]
    return "\n".join(lines)


def _row(name: str) -> str:
    home = getattr(maskwright, name)
    first = (inspect.getdoc(home) or "").split("\n\n")[0].replace("\n", " ").replace("|", "\\|")
    return f"| `{name}` | {first} |"


def _block(name: str) -> list[str]:
    home = getattr(maskwright, name)
    return [f"::: {home.__module__}.{home.__name__}", ""]


if __name__ == "__main__":
    write_text(PAGE, page())
