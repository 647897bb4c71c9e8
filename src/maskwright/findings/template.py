"""Templates of fixes: text with {named} fields that a detector fills with its numbers."""

from collections.abc import Mapping
from string import Formatter


def filled(template: str, values: Mapping[str, object]) -> str:
    """Return the template with its {named} fields filled; it takes all values, and no others.

    >>> filled("--set optim.lr_decoder={rate:.2g}", {"rate": 0.00031})
    '--set optim.lr_decoder=0.00031'
    """
    fields = template_fields(template)
    assert fields == set(values), f"the fix takes {sorted(fields)}, given are {sorted(values)}: {template}"
    return template.format_map(values)


def template_fields(template: str) -> set[str]:
    """Return the names of the fields in a template."""
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}
