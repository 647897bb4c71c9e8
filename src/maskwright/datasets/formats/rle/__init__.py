"""Run lengths in a csv. Open `rle_csv` first."""
