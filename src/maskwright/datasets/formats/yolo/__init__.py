"""YOLO segmentation: lines of points in a text for each photo. Open `yolo_lines` first."""
