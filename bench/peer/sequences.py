"""Networks over frames and the batches of a sample (`sequences/sample.ts`), prepared before the clock starts."""

import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.rnn import pack_sequence, pad_sequence


class BiGru(nn.Module):
    """Reads a tensor [N, T, 36] or a packed sequence."""

    def __init__(self, classes=1):
        super().__init__()
        self.rnn_layer = nn.GRU(36, 128, batch_first=True, bidirectional=True)
        self.clf = nn.Linear(256, classes)

    def forward(self, x):
        _, final = self.rnn_layer(x)
        return {"logits": self.clf(torch.cat([final[0], final[1]], 1))}


class Attention(nn.Module):
    """packages/learn/src/networks/attention-classifier.ts, without columns."""

    def __init__(self, features=36, hidden=64, heads=4, classes=2, dropout=0.3):
        super().__init__()
        self.first, self.second = nn.Linear(features, hidden), nn.Linear(hidden, hidden)
        self.value, self.gate, self.score = (
            nn.Linear(hidden, hidden), nn.Linear(hidden, hidden), nn.Linear(hidden, heads))
        self.verdict, self.logits = nn.Linear((heads + 2) * hidden, hidden), nn.Linear(hidden, classes)
        self.dropout = nn.Dropout(dropout)

    def forward(self, frames, mask, shares):
        described = F.gelu(self.second(F.gelu(self.first(frames))))
        scores = self.score(self.value(described).tanh() * self.gate(described).sigmoid())
        attention = (scores.transpose(1, 2) + mask[:, None]).softmax(-1)
        average, squares = shares[:, None] @ described, shares[:, None] @ described**2
        deviation = (F.relu(squares - average**2) + 1e-6).sqrt()
        parts = [(attention @ described).flatten(1), average[:, 0], deviation[:, 0]]
        joined = self.dropout(torch.cat(parts, 1))
        return {"logits": self.logits(self.dropout(F.gelu(self.verdict(joined))))}


class Sample:
    def __init__(self, folder):
        described = json.loads((Path(folder) / "sample.json").read_text())
        lengths, size = described["lengths"], described["batchSize"]
        frames = torch.from_numpy(np.fromfile(Path(folder) / "frames.f32", np.float32))
        rows = frames.view(-1, described["features"]).split(lengths)
        self.batches = [rows[at : at + size] for at in range(0, len(rows), size)]
        self.answers = torch.arange(size) % 2

    def packed(self):
        return [[pack_sequence(rows, enforce_sorted=False)] for rows in self.batches]

    def padded(self):
        """Up to the longest row of each batch."""
        return [[pad_sequence(rows, batch_first=True)] for rows in self.batches]

    def masked(self):
        batches = []
        for rows in self.batches:
            frames = pad_sequence(rows, batch_first=True)
            lengths = torch.tensor([len(row) for row in rows])[:, None]
            there = torch.arange(frames.shape[1])[None] < lengths
            mask = torch.where(there, 0.0, -1e9)
            batches.append([frames, mask, there / lengths])
        return batches

    def loss(self, outputs, inputs):
        return F.cross_entropy(outputs["logits"], self.answers)
