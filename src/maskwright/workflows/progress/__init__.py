"""What shows a job while it runs: `screen.py` is the interface, `terminal.py` the display, `run_log.py` the log."""
