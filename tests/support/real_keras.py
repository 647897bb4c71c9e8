"""The real Keras on the torch backend, for tests that face its metrics; it is told to leave the home folder alone."""

import os
import tempfile
import warnings

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("KERAS_HOME", tempfile.gettempdir())
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import keras as keras
