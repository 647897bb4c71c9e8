"""Several masks or pictures for one photo: which count, or what to ask. Open `choose_masks` first."""
