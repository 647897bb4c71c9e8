"""Lists of classes: names, ids and colours, as people and tools write them. Open `class_files` first."""
