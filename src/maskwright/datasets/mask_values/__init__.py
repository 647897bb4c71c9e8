"""What the values and colours of mask images mean: classes, objects or smoothing. Open `meaning` first."""
