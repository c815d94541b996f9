"""The commands of `python -m edge`, a file each; `serve` has its own in `edge.serve`."""
