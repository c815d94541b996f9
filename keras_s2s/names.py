"""Names of the layers by which the views of a sequence-to-sequence network are found, in a loaded one, too.

A saved network keeps them: another name needs another format version of the run.
"""

# Of the training view. `TARGET` is an input; all its other inputs are the source's.
TARGET = "target"
MASK = "mask"
# Where the encoder makes the length shorter.
MEMORY_MASK = "memory_mask"
ENCODER = "encoder"
BRIDGE = "bridge"
MEMORY_NORM = "memory_norm"
KEYS = "keys"
CTC = "ctc"
DECODER = "decoder"
TARGET_EMBEDDING = "target_embedding"
TARGET_EMBEDDING_DROPOUT = "target_embedding_dropout"
TARGET_DROPOUT = "target_dropout"

# Of a source of tokens.
SOURCE = "source"
SOURCE_EMBEDDING = "source_embedding"
SOURCE_EMBEDDING_DROPOUT = "source_embedding_dropout"
SOURCE_DROPOUT = "source_dropout"

# Of a source of sound.
AUDIO = "audio"
AUDIO_LENGTH = "audio_length"
FEATURES = "features"

# Of the step view.
DECODER_STEP = "decoder_step"

# Of the view with the loss.
LABELS = "labels"
OBJECTIVE = "objective"
CTC_OBJECTIVE = "ctc_objective"
SAMPLING = "sampling"
SLICES = "slices"
