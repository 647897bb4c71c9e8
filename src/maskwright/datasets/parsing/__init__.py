"""Text, csv, json and xml of label files, read whatever their encoding or damage. Open `text_files` first."""
