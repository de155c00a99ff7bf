"""nano_gpt.py: an example of ref/touchstone_trace.py: GPT-2 in PyTorch, its modules named as in
nanoGPT and minGPT, and so as in the published checkpoints. docs/trace-from-pytorch.md traces and
checks it. B texts of T tokens, C d_model, H n_head, D = C/H.
"""
import math

import torch
import torch.nn as nn
import torch.nn.functional as functional


class Attention(nn.Module):
    def __init__(self, C, n_head):
        super().__init__()
        self.n_head = n_head
        self.c_attn = nn.Linear(C, 3 * C)
        self.c_proj = nn.Linear(C, C)

    def forward(self, x):                                            # [B, T, C]
        B, T, C = x.shape
        q, k, v = (part.view(B, T, self.n_head, -1).transpose(1, 2)  # [B, H, T, D]
                   for part in self.c_attn(x).split(C, dim=2))
        scores = q @ k.transpose(2, 3) / math.sqrt(q.shape[-1])      # [B, H, T, T]
        later = torch.ones(T, T, dtype=torch.bool, device=x.device).triu(1)
        pattern = functional.softmax(scores.masked_fill(later, -math.inf), dim=-1)
        z = (pattern @ v).transpose(1, 2).reshape(B, T, C)
        return self.c_proj(z)


class MLP(nn.Module):
    def __init__(self, C, F):
        super().__init__()
        self.c_fc = nn.Linear(C, F)
        self.c_proj = nn.Linear(F, C)

    def forward(self, x):
        x = self.c_fc(x)
        x = 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))
        return self.c_proj(x)


class Block(nn.Module):
    def __init__(self, C, n_head, F, eps):
        super().__init__()
        self.ln_1 = nn.LayerNorm(C, eps)
        self.attn = Attention(C, n_head)
        self.ln_2 = nn.LayerNorm(C, eps)
        self.mlp = MLP(C, F)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class NanoGPT(nn.Module):
    def __init__(self, n_layer, n_head, d_model, d_ff, n_ctx, n_vocab, ln_eps):
        super().__init__()
        self.transformer = nn.ModuleDict({
            "wte": nn.Embedding(n_vocab, d_model),
            "wpe": nn.Embedding(n_ctx, d_model),
            "h": nn.ModuleList([Block(d_model, n_head, d_ff, ln_eps) for _ in range(n_layer)]),
            "ln_f": nn.LayerNorm(d_model, ln_eps),
        })
        self.lm_head = nn.Linear(d_model, n_vocab, bias=False)
        self.lm_head.weight = self.transformer["wte"].weight         # tied

    def forward(self, tokens, targets=None):
        place = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.transformer["wte"](tokens) + self.transformer["wpe"](place)
        for block in self.transformer["h"]:
            x = block(x)
        logits = self.lm_head(self.transformer["ln_f"](x))
        if targets is None:
            return logits, None
        return logits, functional.cross_entropy(logits.flatten(0, 1), targets.flatten(),
                                                ignore_index=-1)


def build(family, **sizes):
    """Called by ref/touchstone_trace.py with the sizes of a model file."""
    if family != "gpt2":
        raise SystemExit("nano_gpt.py: is a GPT-2: its layer norms come first")
    return NanoGPT(**sizes)
