"""Files beside the photos that no reader uses: each is named. Open `beside_label_files` first."""
