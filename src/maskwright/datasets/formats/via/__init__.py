"""VGG Image Annotator, versions 1 to 3. Open `via2` first."""
