"""Pixels of image and array files as stored: PNG, JPEG, TIFF, npy. Open `image_files` first."""
