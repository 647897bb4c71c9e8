"""One module or package for each format of labels, which recognises, reads and writes it. Open `yolo` first."""
