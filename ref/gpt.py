"""GPT-1 and GPT-2 as a list of steps: the oracle of every golden.

steps() is the model: each step names the tensors that it makes, the function that makes
them, and the tensors and weights that the function reads. Everything else follows from that
list without knowing the model:

  trace()        runs all steps, in any dtype, and keeps each tensor and its gradient
  local_trace()  runs each step alone in float32, on the float64 tensors of a trace
  errors()       says how far float32 was off, in the whole chain and in each step

Sources: Radford et al. 2018 (GPT-1), 2019 (GPT-2); the wiring as in OpenAI's published code
(finetune-transformer-lm a69b5c4 train.py, gpt-2 9b63575 src/model.py) and HuggingFace's.
Dropout is left out: goldens are of evaluation mode. Files are left to files.py.

Symbols: B batch, T tokens, C d_model, H n_head, D = C/H, F d_ff, V n_vocab, L n_layer.
"""
import math
from collections import namedtuple

import numpy as np
import torch
import torch.nn.functional as functional

Step = namedtuple("Step", "outputs function inputs weights")

# ---- The functions of the steps. m is the model: only its sizes are read.


def token_rows(m, tokens, wte):
    return wte[tokens]                                       # [B, T, C]


def position_rows(m, tokens, wpe):
    return wpe[:tokens.shape[1]]                             # [T, C]


def add(m, x, y):
    return x + y                                             # [B, T, C]


def same(m, x):
    """What a block reads is what the block before it left, under a second name."""
    return x.view_as(x)


def layer_norm(m, x, weight, bias):
    return functional.layer_norm(x, (m.d_model,), weight, bias, m.ln_eps)


def linear(m, x, weight, bias):
    return x @ weight + bias                                 # weight [in, out]


def split_heads(m, x, weight, bias):
    B, T, C = x.shape
    three = linear(m, x, weight, bias).split(C, dim=2)       # each [B, T, C]
    return tuple(part.view(B, T, m.n_head, C // m.n_head).transpose(1, 2) for part in three)


def attention_scores(m, q, k):
    """Entries of later keys are 0, as the file format has it."""
    return (q @ k.transpose(2, 3) / math.sqrt(q.shape[-1])).tril()


def attention_pattern(m, scores):
    """Later keys are excluded, not made unlikely by a large number: any score is right."""
    T = scores.shape[-1]
    later = torch.ones(T, T, dtype=torch.bool).triu(diagonal=1)
    return scores.masked_fill(later, -math.inf).softmax(dim=-1)


def weigh_values(m, pattern, v):
    """tril() changes nothing here, but keeps the gradient of invisible entries at 0."""
    B, H, T, D = v.shape
    return (pattern.tril() @ v).transpose(1, 2).reshape(B, T, H * D)


def gelu(m, x):
    """The tanh form, which both families use (Hendrycks and Gimpel 2016, section 2)."""
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))


def unembed(m, x, wte):
    return x @ wte.T                                         # [B, T, V]


def mean_loss(m, logits, targets):
    """The mean over the targets that count; -1 does not."""
    return functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-1)


# ---- The model as data.

def steps(m):
    """All steps of the model in the order of the graph."""
    graph = [
        Step(("tok_embed",), token_rows, ("tokens",), ("wte",)),
        Step(("pos_embed",), position_rows, ("tokens",), ("wpe",)),
        Step(("h.0/resid_pre",), add, ("tok_embed", "pos_embed"), ()),
    ]
    block, last = (block1, "ln_2") if m.family == "gpt1" else (block2, "resid_post")
    for layer in range(m.n_layer):
        if layer > 0:
            before = f"h.{layer - 1}/{last}"
            graph.append(Step((f"h.{layer}/resid_pre",), same, (before,), ()))
        graph += [in_layer(layer, step) for step in block()]
    top = f"h.{m.n_layer - 1}/{last}"
    if m.family == "gpt2":
        graph.append(Step(("ln_f",), layer_norm, (top,), ("ln_f.weight", "ln_f.bias")))
        top = "ln_f"
    graph.append(Step(("logits",), unembed, (top,), ("wte",)))
    graph.append(Step(("loss",), mean_loss, ("logits", "targets"), ()))
    return graph


def block1():
    """GPT-1: the layer norms come last."""
    return [
        *attention("resid_pre"),
        Step(("resid_mid",), add, ("resid_pre", "attn_out"), ()),
        Step(("ln_1",), layer_norm, ("resid_mid",), both("ln_1")),
        *mlp("ln_1"),
        Step(("resid_post",), add, ("ln_1", "mlp_out"), ()),
        Step(("ln_2",), layer_norm, ("resid_post",), both("ln_2")),
    ]


def block2():
    """GPT-2: the layer norms come first."""
    return [
        Step(("ln_1",), layer_norm, ("resid_pre",), both("ln_1")),
        *attention("ln_1"),
        Step(("resid_mid",), add, ("resid_pre", "attn_out"), ()),
        Step(("ln_2",), layer_norm, ("resid_mid",), both("ln_2")),
        *mlp("ln_2"),
        Step(("resid_post",), add, ("resid_mid", "mlp_out"), ()),
    ]


def attention(x):
    return [
        Step(("q", "k", "v"), split_heads, (x,), both("attn.c_attn")),
        Step(("scores",), attention_scores, ("q", "k"), ()),
        Step(("pattern",), attention_pattern, ("scores",), ()),
        Step(("z",), weigh_values, ("pattern", "v"), ()),
        Step(("attn_out",), linear, ("z",), both("attn.c_proj")),
    ]


def mlp(x):
    return [
        Step(("mlp_pre",), linear, (x,), both("mlp.c_fc")),
        Step(("mlp_post",), gelu, ("mlp_pre",), ()),
        Step(("mlp_out",), linear, ("mlp_post",), both("mlp.c_proj")),
    ]


def both(name):
    return (name + ".weight", name + ".bias")


def in_layer(layer, step):
    """A block's step with the names that it has in a layer."""
    return Step(tuple(f"h.{layer}/{name}" for name in step.outputs), step.function,
                tuple(f"h.{layer}/{name}" for name in step.inputs),
                tuple(f"h.{layer}.{name}" for name in step.weights))


# ---- What follows from the list.

def results(step, m, arguments):
    made = step.function(m, *arguments)
    return made if isinstance(made, tuple) else (made,)


def leaf(array, dtype):
    return torch.tensor(array, dtype=dtype, requires_grad=True)


def inputs_of(tokens, targets):
    return {"tokens": torch.tensor(tokens, dtype=torch.int64),
            "targets": torch.tensor(targets, dtype=torch.int64)}


def run(m, weights, tokens, targets):
    """Every tensor by name, from weights that are torch tensors; gradients are retained."""
    values = inputs_of(tokens, targets)
    for step in steps(m):
        arguments = [values[name] for name in step.inputs]
        arguments += [weights[name] for name in step.weights]
        for name, tensor in zip(step.outputs, results(step, m, arguments)):
            tensor.retain_grad()
            values[name] = tensor
    del values["tokens"], values["targets"]
    return values


def trace(m, tokens, targets, dtype=torch.float64):
    """Forward and backward of the whole model, as arrays named as in a golden."""
    weights = {name: leaf(array, dtype) for name, array in m.weights.items()}
    values = run(m, weights, tokens, targets)
    values["loss"].backward()
    found = {"forward/" + name: x for name, x in values.items()}
    found.update({"backward/" + name: x.grad for name, x in values.items() if name != "loss"})
    found.update({"grad/" + name: x.grad for name, x in weights.items()})
    return {name: array_of(x) for name, x in found.items()}


def local_trace(m, tokens, targets, exact):
    """Each step alone in float32, fed the tensors of the float64 trace `exact`.

    Forward: the step's own outputs. Backward: a tensor's gradient is the sum, over the steps
    that read it, of what the step hands back when it is given the exact gradient of its
    outputs. A weight is read by one step, wte by two.
    """
    found = {}
    numbers = inputs_of(tokens, targets)
    for step in steps(m):
        leaves = {"backward/" + name: leaf(exact["forward/" + name], torch.float32)
                  for name in step.inputs if name not in numbers}
        leaves.update({"grad/" + name: leaf(m.weights[name], torch.float32)
                       for name in step.weights})
        arguments = [numbers[name] if name in numbers else leaves["backward/" + name]
                     for name in step.inputs]
        arguments += [leaves["grad/" + name] for name in step.weights]
        made = results(step, m, arguments)
        for name, tensor in zip(step.outputs, made):
            found["forward/" + name] = tensor
        gradients = torch.autograd.grad(
            made, list(leaves.values()),
            [torch.tensor(exact.get("backward/" + name, 1.0), dtype=torch.float32)
             for name in step.outputs])
        for name, gradient in zip(leaves, gradients):
            found[name] = found[name] + gradient if name in found else gradient
    return {name: array_of(x) for name, x in found.items()}


def array_of(tensor):
    """A copy of its own: a view into autograd's memory could change under the caller."""
    return np.array(tensor.detach().numpy(), dtype=np.float64)


def rms(x):
    return float(np.sqrt(np.mean(np.square(x))))


def errors(m, tokens, targets, exact):
    """The f32_ attributes of every tensor; none of one that is zero throughout, and none that
    float32 cannot hold."""
    chain = trace(m, tokens, targets, torch.float32)
    local = local_trace(m, tokens, targets, exact)
    found = {}
    for name, x in exact.items():
        scale = rms(x)
        if scale == 0:
            continue
        found[name] = {}
        for mode, other in (("chain", chain[name]), ("local", local[name])):
            if np.isfinite(other).all():
                found[name][f"f32_{mode}_rms"] = rms(other - x) / scale
                found[name][f"f32_{mode}_max"] = float(np.max(np.abs(other - x))) / scale
    return found
