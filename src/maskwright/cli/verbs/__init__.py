"""A module for each verb, with its flags beside what it runs, in `data`, `model`, `analysis` and `reference`."""
