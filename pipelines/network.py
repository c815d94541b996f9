"""The network of a run."""

import zipfile

import keras

from edge.errors import UserError
from pipelines.run import Run


def load_network(run: Run) -> keras.Model:
    """A run's best weights, as the model that was saved.

    Raises:
        UserError: they are damaged.
    """
    try:
        return keras.saving.load_model(run.model_file, compile=False)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise UserError(f"{run.model_file}: is damaged ({str(error).splitlines()[0]})") from error
