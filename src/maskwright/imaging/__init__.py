"""Pixels without datasets: photos, masks, their geometry and drawing. Open `photos` first, then `mask_geometry`."""
