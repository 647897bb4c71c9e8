"""Networks in 8 bits: start with `quantized_network.py`."""
