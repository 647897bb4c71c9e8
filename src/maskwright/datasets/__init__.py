"""Photos with the truth about their pixels, read from any format of labels. Open `opening` first, then `dataset`."""
