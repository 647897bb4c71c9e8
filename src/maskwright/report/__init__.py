"""HTML pages of runs and diagnoses: start with `run_page.py`."""
