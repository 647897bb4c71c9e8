"""COCO json, instances and panoptic, and the faults of tools that write it. Open `instances` first."""
