"""What readers of label files share: finding and merging the files, and shapes to samples.

Open `dataset_from_labels` first.
"""
