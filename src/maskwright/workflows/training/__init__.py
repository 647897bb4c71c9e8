"""The training job: `job.py` runs it with its log, `pipeline.py` is the sequence, `fit.py` the call from Python."""
