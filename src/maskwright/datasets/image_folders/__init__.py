"""Folders of photos and mask images without a label file: which mask is whose. Open `cases.read_cases` first."""
