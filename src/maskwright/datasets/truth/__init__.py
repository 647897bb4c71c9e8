"""The truth about one photo, as drawn shapes or mask images, painted when asked for. Open `shapes` first."""
