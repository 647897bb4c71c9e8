"""The architectures: the default U-Net is in `smp_networks.py`, the U-Net of the article in `unet2015.py`."""
