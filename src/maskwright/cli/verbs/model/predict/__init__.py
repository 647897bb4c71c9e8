"""predict: one module for the verb, and one for each kind of input that is not a few photos."""
