"""Finding the photo that a label file, a list or a mask means. Open `photo_index` first."""
