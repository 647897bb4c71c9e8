"""Parts of a split that lists beside label files give, as train.txt and val.txt: a stem, a name or a path a line."""

from dataclasses import replace
from pathlib import PurePosixPath

from maskwright.datasets.dataset import Dataset
from maskwright.datasets.image_folders.pairs.list_files import HELD_OUT_FIRST
from maskwright.datasets.image_folders.pairs.part_list_files import part_lists
from maskwright.datasets.parsing.text_files import read_label_text
from maskwright.datasets.part_names import PartName
from maskwright.datasets.reader_types import Remark

NAMED_LEAST = 0.9
"""Lists of parts name nearly all photos; lists of classes, or of other files, do not."""


def with_listed_parts(dataset: Dataset) -> Dataset:
    """Return the dataset with the parts that lists in its folder name, if nothing else says which part a photo is of.

    A photo that two lists name stays in the part that is held out. Unchanged where lists name few photos, or one part.
    """
    if not dataset.root.is_dir() or any(sample.part is not None for sample in dataset.samples):
        return dataset
    lists = part_lists(dataset.root)
    if len(lists) < 2:
        return dataset
    part_of: dict[str, PartName] = {}
    for part in HELD_OUT_FIRST:
        for line in read_label_text(lists[part]).splitlines() if part in lists else ():
            part_of.setdefault(_stem(line), part)
    samples = tuple(replace(sample, part=part_of.get(_stem(sample.name))) for sample in dataset.samples)
    named = [sample for sample in samples if sample.part is not None]
    stems = {_stem(sample.name) for sample in samples}
    if len(stems) < len(samples) or len(named) < NAMED_LEAST * len(samples) or len({s.part for s in named}) < 2:
        return dataset
    files = sorted(path.relative_to(dataset.root).as_posix() for path in lists.values())
    remark = Remark("folder-reading", (), f"photos are of the parts that {', '.join(files)} name")
    facts = replace(dataset.facts, remarks=(*dataset.facts.remarks, remark))
    return replace(dataset, samples=samples, facts=facts)


def _stem(line: str) -> str:
    """Return the name of a photo without folders and file ending."""
    words = line.replace("\\", "/").split()
    return PurePosixPath(words[0]).stem if words else ""
