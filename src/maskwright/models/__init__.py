"""Networks: `catalogue.py` has their facts without torch, `build.py` makes one."""
