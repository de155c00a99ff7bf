"""Trains the pocket: a model of twelve tokens that knows how `Hello World` goes on.

It learns the few sentences below, each as often as its number says, by Adam on all of them
at once in float64. The weights are then rounded to two decimals: they print short, and no
difference between two machines' last bits survives the rounding. Drawing the first weights
and the spelling of the tokens are left to cases.py and cases.toml.
"""
import numpy as np
import torch

import gpt

STEPS = 300
RATE = 0.02

# How often, and the pieces in plain spelling. After `He llo Wo rld` comes `!` 12 times of 20.
SENTENCES = (
    (12, "He llo Wo rld !"),
    (5, "He llo Wo rld ."),
    (2, "He llo Wo rld ,"),
    (4, "He llo Wo rd ."),
    (3, "He llo , Wo rld"),
    (4, "He lp !"),
    (2, "He lp , Wo rld !"),
    (1, "He llo Wo rld Wo rld Wo rd !"),
)
PROMPT = "He llo Wo rld"
NEXT = "!"


def train(model):
    """Replaces the drawn weights by trained ones; returns tokens and targets of the golden."""
    ids = {plain(token): number for number, token in enumerate(model.tokenizer.vocab)}
    tokens, targets = corpus(ids, model.n_ctx)
    weights = {name: gpt.leaf(array, torch.float64) for name, array in model.weights.items()}
    adam = torch.optim.Adam(weights.values(), lr=RATE)
    for _ in range(STEPS):
        adam.zero_grad()
        gpt.run(model, weights, tokens, targets)["loss"].backward()
        adam.step()
    for name, weight in weights.items():
        rounded = np.round(weight.detach().numpy(), 2) + 0.0  # no -0.0
        model.weights[name] = rounded.astype(np.float32)
    prompt = [ids[piece.lower()] for piece in PROMPT.split()]
    return (np.array([prompt], dtype=np.int32),
            np.array([prompt[1:] + [ids[NEXT]]], dtype=np.int32))


def corpus(ids, n_ctx):
    """The sentences as tokens and targets, a row each, filled up with unscored places."""
    tokens, targets = [], []
    for times, sentence in SENTENCES:
        row = [ids[piece.lower()] for piece in sentence.split()]
        rest = n_ctx - (len(row) - 1)
        tokens += times * [row[:-1] + rest * [0]]
        targets += times * [row[1:] + rest * [-1]]
    return np.array(tokens), np.array(targets)


def plain(token):
    """A token without the marks of its family: `ĠWo` and `wo` are both `wo`."""
    return token.replace("Ġ", "").replace("</w>", "").lower()
