"""Groups of the photos of a label file, where it gives none."""

from dataclasses import replace

from maskwright.datasets.dataset import Sample
from maskwright.datasets.group_names import groups_of, groups_said
from maskwright.datasets.reader_types import Remark


def grouped(samples: list[Sample], remarks: list[Remark]) -> tuple[list[Sample], str]:
    """Return the samples with groups guessed where the label files give none, and from what; that is remarked."""
    if any(sample.group is not None for sample in samples):
        return samples, ""
    groups, groups_by = groups_of([sample.name for sample in samples if sample.truth is not None])
    if not groups:
        return samples, ""
    text = f"photos belong to {groups_said(groups, groups_by)}, which a split keeps together"
    remarks.append(Remark("folder-reading", (), text))
    return [replace(sample, group=groups.get(sample.name)) for sample in samples], groups_by
