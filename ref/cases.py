"""The cases of cases.toml: draws their weights, tokens and targets.

The numbers come from numpy's RandomState, whose streams are frozen by numpy's own policy: a
seed gives the same weights with every numpy. They are drawn in the order of the weights in
the file format, then the tokens, then which targets are -1. How the weights of the pocket
are trained is left to pocket.py.
"""
import os
import tomllib
from dataclasses import dataclass

import numpy as np

import files
import pocket

FAMILIES = ("gpt1", "gpt2")


@dataclass
class Case:
    name: str      # as the file has it: gpt2-odd
    kind: str      # as cases.toml has it: odd
    family: str
    values: dict   # sizes, seed and the rest
    spread: dict   # of the weights


def load():
    """All cases by name, in the order of the file."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases.toml")
    with open(path, "rb") as file:
        table = tomllib.load(file)
    found = {}
    for kind, entry in table["case"].items():
        for family in entry.get("families", table["default"]["families"]):
            layers = (table["default"], entry, entry.get(family, {}))
            values = {key: value for layer in layers for key, value in layer.items()}
            values.setdefault("F", 4 * values["C"])
            spread = {key: value for layer in layers
                      for key, value in layer.get("spread", {}).items()}
            name = f"{family}-{kind}"
            found[name] = Case(name, kind, family, values, spread)
    return found


def make(case):
    """The case's model, tokens [B, T] and targets [B, T]."""
    at = case.values
    stream = np.random.RandomState([at["seed"], FAMILIES.index(case.family)])
    model = files.Model(case.family, case.name, at["L"], at["H"], at["C"], at["F"],
                        at["n_ctx"], at["V"])
    for name, shape in files.weight_shapes(model).items():
        model.weights[name] = draw(stream, model, name, shape, case.spread)
    if case.kind == "pocket":
        model.source = "trained on a few sentences by ref/pocket.py, rounded to two decimals"
        model.tokenizer = files.Tokenizer(case.family, at["vocab"], at["merges"])
        return model, *pocket.train(model)
    model.source = f"seeded random weights, ref/cases.toml, case {case.kind}"
    return model, *draw_input(stream, at)


def draw(stream, model, name, shape, spread):
    """One weight: normal numbers of the spread that its kind has, rounded to float32."""
    numbers = stream.standard_normal(shape)
    kind = name.split(".", 2)[-1] if name.startswith("h.") else name
    if kind in ("wte", "wpe"):
        numbers *= spread[kind]
    elif kind.startswith("ln_"):
        if kind.endswith("bias"):
            numbers *= spread["norm_bias"]
        else:
            last = "ln_f" if model.family == "gpt2" else f"h.{model.n_layer - 1}.ln_2"
            numbers = 1 + numbers * spread["norm_gain"]
            numbers *= spread["last_gain"] if name == last + ".weight" else 1
    elif kind == "attn.c_attn.bias":
        thirds = [spread["query_bias"], spread["key_bias"], spread["value_bias"]]
        numbers *= np.repeat(thirds, model.d_model)
    elif kind.endswith("bias"):
        numbers *= spread["bias"]
    else:
        gain = {"attn.c_attn.weight": "attn", "mlp.c_fc.weight": "fc"}.get(kind, "proj")
        numbers *= spread[gain] / np.sqrt(shape[0])
    return numbers.astype(np.float32)


def draw_input(stream, at):
    """Tokens, and as targets the token after each, some of them replaced by -1."""
    B, T = at["B"], at["T"]
    sequence = stream.randint(0, at["V"], size=(B, T + 1), dtype=np.int32)
    tokens, targets = sequence[:, :-1].copy(), sequence[:, 1:].copy()
    rows = [row for row in range(B) if row != at.get("silent_row")]
    places = [(row, column) for row in rows for column in range(T)]
    for place in stream.permutation(len(places))[:at["unscored"]]:
        targets[places[place]] = -1
    if "silent_row" in at:
        targets[at["silent_row"]] = -1
    return tokens, targets
