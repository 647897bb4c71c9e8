"""The command line, the only code that prints: `main.py` finds the verb, `verbs/` has a module for each."""
