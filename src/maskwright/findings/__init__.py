"""Findings, and the words of each of their codes: start with `finding.py`; the texts are in `entries/*.toml`."""
