"""Search over a step: NumPy only, knowing neither TFLite nor Keras."""
