"""Photos divided into training and held-out parts, whole groups at a time. Open `split` first."""
