"""Why a training has ended."""

from enum import Enum


class Ending(Enum):
    """The reason, with its line for the log."""

    EPOCHS = "training ended: all epochs are done"
    TIME = "training ended: the time limit is reached"
    PATIENCE = "training ended: validation has not improved for train.patience epochs (early stopping)"
    NAN = "training ended: the loss is NaN; the best weights before are kept: try a smaller train.learning_rate"
    INTERRUPTED = "training was interrupted: the best weights so far are kept; resume with --resume"
