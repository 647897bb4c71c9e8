"""The page of a learning curve: start with `page.py`."""
