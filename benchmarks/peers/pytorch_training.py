"""The benchmark's network in hand-written PyTorch. Runs in an environment of its own, which has no TensorFlow.

    python benchmarks/peers/pytorch_training.py BATCHES.npz float32|bfloat16

It says "ready PARAMETERS" when it is warm; then each line on standard input is answered by the seconds that one pass
over the batches took.
"""

import sys
import time

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

PAD = 0


class Translator(nn.Module):
    """LSTM encoder in two directions, LSTM decoder with Bahdanau attention, target embedding tied to the output."""

    def __init__(self, source_size: int, target_size: int, embedding: int, units: int):
        super().__init__()
        self.scale = embedding**0.5
        self.source_embedding = nn.Embedding(source_size, embedding)
        self.target_embedding = nn.Embedding(target_size, embedding)
        for matrix in (self.source_embedding.weight, self.target_embedding.weight):
            nn.init.normal_(matrix, std=embedding**-0.5)
        self.encoder = nn.LSTM(embedding, units // 2, batch_first=True, bidirectional=True)
        self.bridge = nn.ModuleList([nn.Linear(units, units) for _ in range(2)])
        self.keys = nn.Linear(units, units, bias=False)
        self.cell = nn.LSTMCell(embedding + units, units)
        # One bias a gate, as in Keras.
        for layer, names in ((self.encoder, ["bias_hh_l0", "bias_hh_l0_reverse"]), (self.cell, ["bias_hh"])):
            for name in names:
                getattr(layer, name).data.zero_()
                getattr(layer, name).requires_grad_(False)
        self.query = nn.Linear(units, units)
        self.energy = nn.Parameter(torch.randn(units) * units**-0.5)
        self.readout = nn.Linear(2 * units, embedding)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Ids `(batch, source_length)` and `(batch, target_length)` to logits `(batch, target_length, size)`."""
        real = source != PAD
        packed = nn.utils.rnn.pack_padded_sequence(
            self.source_embedding(source) * self.scale, real.sum(1), batch_first=True, enforce_sorted=False
        )
        memory, finals = self.encoder(packed)
        memory, _ = nn.utils.rnn.pad_packed_sequence(memory, batch_first=True, total_length=source.shape[1])
        keys = self.keys(memory)
        # (2, batch, units / 2) to (batch, units)
        state, carry = (
            torch.tanh(layer(final.transpose(0, 1).flatten(1)))
            for layer, final in zip(self.bridge, finals, strict=True)
        )
        context = torch.zeros_like(state)
        features = []
        for embedded in (self.target_embedding(target) * self.scale).unbind(1):
            state, carry = self.cell(torch.cat([embedded, context], -1), (state, carry))
            scores = torch.tanh(keys + self.query(state).unsqueeze(1)) @ self.energy
            weights = torch.softmax(scores.masked_fill(~real, -3e4), -1)
            context = torch.bmm(weights.unsqueeze(1), memory).squeeze(1)
            features.append(torch.cat([state, context], -1))
        readout = torch.tanh(self.readout(torch.stack(features, 1)))
        return functional.linear(readout, self.target_embedding.weight)


def main(batches_file: str, precision: str) -> None:
    """Trains on the batches whenever asked to."""
    torch.manual_seed(0)
    arrays = np.load(batches_file)
    sizes = {name: int(arrays[name]) for name in ("source_size", "target_size", "embedding", "units")}
    batches = [
        [torch.from_numpy(arrays[f"{name}_{index}"].astype(np.int64)) for name in ("source", "target", "labels")]
        for index in range(int(arrays["batches"]))
    ]
    model = Translator(**sizes)
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.Adam(weights, lr=1e-3, betas=(0.9, 0.98), eps=1e-7, fused=True)

    def epoch() -> float:
        began = time.perf_counter()
        for source, target, labels in batches:
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
                logits = model(source, target)
                loss = functional.cross_entropy(
                    logits.flatten(0, 1), labels.flatten(), ignore_index=PAD, label_smoothing=0.1
                )
            loss.backward()
            nn.utils.clip_grad_norm_(weights, 1.0)
            optimizer.step()
            loss.item()
        return time.perf_counter() - began

    for _ in range(2):
        epoch()
    print("ready", sum(weight.numel() for weight in weights), flush=True)
    for _ in sys.stdin:
        print(epoch(), flush=True)


main(*sys.argv[1:])
