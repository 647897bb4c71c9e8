"""Videos read and written frame by frame, and motion between frames. Open `reader` first."""
