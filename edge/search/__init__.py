"""Decoding with NumPy: greedy search, beam search and random sampling, for any encoder and decoder step."""
