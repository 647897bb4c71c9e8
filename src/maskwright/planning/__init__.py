"""From the measured data and the machine to a plan: start with `make_plan.py`; `plan.py` has its parts."""
