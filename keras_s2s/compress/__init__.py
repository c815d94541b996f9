"""Making networks smaller while they train: each technique is a Keras 3 callback, for any model and `model.fit`.

All three constrain the matrices of a model to a small form: many zeros, few distinct values, few bits. They
do it from outside, between the steps of the optimizer, so no layer has to be wrapped or know of it. Where several are
used together they stand in the list of callbacks in the order quantization, pruning, clustering.
"""
