"""Makes the goldens of training: what an optimiser does to a model in its first ten steps.

  training.py [NAME...]           makes them again and compares with fixtures/training/
  training.py --write [NAME...]   writes them

A run begins with a committed model and takes a step for each of its batches: the loss and its
gradient by gpt.py in float64, clipping, the learning rate of the schedule, the optimiser. The
file holds all that another program needs to do the same, and what it has to find: losses, norms
and, after 1, 2 and 10 steps, every weight. Beside them stands how far the same run was off in
float32: the worst of DRAWS runs, each with the channels, the hidden units and the rows of the
batch in another order, which changes nothing but the rounding. One run is not enough: Adam
divides a gradient by its own size, so where that is small, rounding becomes a matter of luck.

  adamw         torch.optim.AdamW (Loshchilov and Hutter 2019)
  openai-adam   the Adam of the GPT-1 release (openai/finetune-transformer-lm a69b5c4, opt.py)

Clipping is torch.nn.utils.clip_grad_norm_. Decay acts on matrices alone. A run has to show what
it is for: see demand(). Exit codes: 0 all agree, 1 a difference, 2 could not run.
"""
import argparse
import math
import os
import sys
from dataclasses import dataclass, replace

sys.dont_write_bytecode = True
import goldens  # says what is missing, and stops, where it cannot run
import cases
import files
import gpt
import numpy
import torch

FOLDER = "training"
STEPS = 10
KEPT = (1, 2, 10)
DRAWS = 8


@dataclass(frozen=True)
class Run:
    name: str          # model.optimiser: gpt2-wide.adamw
    optimiser: str
    seed: int
    rows: int          # B
    length: int        # T
    among: int         # the tokens are the first so many of the vocabulary
    rate: float
    beta1: float
    beta2: float
    eps: float
    decay: float
    clip: float        # 0: none
    warmup: int
    total: int
    min_rate: float
    unscored: int = 0  # targets that are -1 in step t: t - 1 modulo this number
    silent: int = -1   # this step has a row whose targets all are -1

    @property
    def model(self):
        return self.name.split(".", maxsplit=1)[0]


# Rates are high, so that ten steps go far. Of a gradient that is 0 in truth (the key third of
# c_attn.bias) only rounding is left, 1e-17 or so. Adam divides it by eps; so where the rate is
# high, eps has to be more than the usual 1e-8, or the weights would hang on the order of sums.
RUNS = [
    Run("gpt2-wide.adamw", "adamw", seed=21, rows=2, length=11, among=9, rate=3e-3, beta1=0.9,
        beta2=0.95, eps=1e-5, decay=0.1, clip=6.0, warmup=3, total=12, min_rate=3e-4,
        unscored=6, silent=5),
    Run("gpt1-one-layer.adamw", "adamw", seed=22, rows=3, length=7, among=6, rate=2e-3, beta1=0.85,
        beta2=0.99, eps=1e-5, decay=0.3, clip=5.5, warmup=1, total=10, min_rate=0.0, unscored=4),
    Run("gpt1-one-head.openai-adam", "openai-adam", seed=23, rows=2, length=10, among=8,
        rate=6.25e-4, beta1=0.9, beta2=0.999, eps=1e-8, decay=0.01, clip=7.0, warmup=4, total=8,
        min_rate=6.25e-5, unscored=5),
    Run("gpt2-pocket.openai-adam", "openai-adam", seed=24, rows=4, length=8, among=12, rate=1e-2,
        beta1=0.8, beta2=0.98, eps=1e-4, decay=0.2, clip=0.0, warmup=0, total=30, min_rate=1e-3),
]


# ---- a run

class OpenaiAdam:
    """opt.py, function adam: eps is added to the root of the mean as it is, before 1 - beta2^t
    makes up for its beginning; the decay is multiplied by that rate, and vectors have none."""

    def __init__(self, parameters, run):
        self.run = run
        self.t = 0
        self.state = [(p, torch.zeros_like(p), torch.zeros_like(p)) for p in parameters]

    def step(self, rate):
        run = self.run
        self.t += 1
        rate = rate * math.sqrt(1 - run.beta2 ** self.t) / (1 - run.beta1 ** self.t)
        for p, mean, square in self.state:
            mean.copy_(run.beta1 * mean + (1 - run.beta1) * p.grad)
            square.copy_(run.beta2 * square + (1 - run.beta2) * p.grad * p.grad)
            decay = run.decay if p.dim() > 1 else 0
            p.copy_(p - rate * (mean / (torch.sqrt(square) + run.eps) + decay * p))


class AdamW:
    def __init__(self, parameters, run):
        parameters = list(parameters)
        groups = [{"params": [p for p in parameters if p.dim() > 1], "weight_decay": run.decay},
                  {"params": [p for p in parameters if p.dim() <= 1], "weight_decay": 0.0}]
        self.torchs = torch.optim.AdamW(groups, betas=(run.beta1, run.beta2), eps=run.eps)

    def step(self, rate):
        for group in self.torchs.param_groups:
            group["lr"] = rate
        self.torchs.step()


OPTIMISERS = {"adamw": AdamW, "openai-adam": OpenaiAdam}


def rate_at(run, t):
    """Linear warm-up, then half a cosine; min_rate from step total on."""
    if t <= run.warmup:
        return run.rate * t / run.warmup
    share = min(1.0, (t - run.warmup) / (run.total - run.warmup))
    return run.min_rate + (run.rate - run.min_rate) * (1 + math.cos(math.pi * share)) / 2


def batches(run):
    """Tokens and targets, each [steps, B, T]."""
    stream = numpy.random.RandomState([run.seed])
    found = []
    for t in range(1, STEPS + 1):
        at = {"B": run.rows, "T": run.length, "V": run.among,
              "unscored": (t - 1) % run.unscored if run.unscored else 0}
        if t == run.silent:
            at["silent_row"] = run.rows - 1
        found.append(cases.draw_input(stream, at))
    return (numpy.stack(part) for part in zip(*found))


def train(run, model, tokens, targets, dtype):
    """/rate, /loss, /norm and /after of the format, by name."""
    weights = {name: gpt.leaf(array, dtype) for name, array in model.weights.items()}
    optimiser = OPTIMISERS[run.optimiser](weights.values(), run)
    found = {"rate": numpy.array([rate_at(run, t) for t in range(1, STEPS + 1)]),
             "loss": numpy.empty(STEPS), "norm": numpy.empty(STEPS)}
    for i in range(STEPS):
        for weight in weights.values():
            weight.grad = None
        loss = gpt.run(model, weights, tokens[i], targets[i])["loss"]
        loss.backward()
        found["loss"][i] = loss.item()
        norm = torch.nn.utils.clip_grad_norm_(weights.values(), run.clip or math.inf)
        found["norm"][i] = norm.item()
        with torch.no_grad():
            optimiser.step(float(found["rate"][i]))
        if i + 1 in KEPT:
            found.update({f"after/{i + 1}/{name}": gpt.array_of(weight)
                          for name, weight in weights.items()})
    return found


# The axes of a weight that the stream's channels (C) and the MLP's hidden units (F) run along.
AXES = {"wte": ".C", "wpe": ".C", "attn.c_attn.weight": "C.", "attn.c_attn.bias": ".",
        "attn.c_proj.weight": ".C", "attn.c_proj.bias": "C", "mlp.c_fc.weight": "CF",
        "mlp.c_fc.bias": "F", "mlp.c_proj.weight": "FC", "mlp.c_proj.bias": "C"}


def reordered(weights, order):
    """Each weight with its channels and hidden units in another order."""
    found = {}
    for name, weight in weights.items():
        kind = name.split(".", 2)[-1] if name.startswith("h.") else name
        for axis, letter in enumerate("C" if kind.startswith("ln_") else AXES[kind]):
            weight = numpy.take(weight, order[letter], axis) if letter != "." else weight
        found[name] = weight
    return found


def train_reordered(run, model, tokens, targets, dtype, stream):
    """As train(), computed in another order; the weights are put back into theirs."""
    order = {"C": stream.permutation(model.d_model), "F": stream.permutation(model.d_ff)}
    back = {letter: numpy.argsort(places) for letter, places in order.items()}
    rows = stream.permutation(run.rows)
    other = replace(model, weights=reordered(model.weights, order))
    found = train(run, other, tokens[:, rows], targets[:, rows], dtype)
    for t in KEPT:
        after = reordered({name: found[f"after/{t}/{name}"] for name in model.weights}, back)
        found.update({f"after/{t}/{name}": weight for name, weight in after.items()})
    return found


def errors(run, model, tokens, targets, exact):
    """The f32_ attributes; /rate is given, not computed."""
    stream = numpy.random.RandomState([run.seed, 32])
    found = {name: {"f32_rms": 0.0, "f32_max": 0.0} for name in exact if name != "rate"}
    for _ in range(DRAWS):
        single = train_reordered(run, model, tokens, targets, torch.float32, stream)
        for name, worst in found.items():
            off, scale = single[name] - exact[name], gpt.rms(exact[name])
            worst["f32_rms"] = max(worst["f32_rms"], gpt.rms(off) / scale)
            worst["f32_max"] = max(worst["f32_max"], float(numpy.max(numpy.abs(off))) / scale)
    return found


def golden_of(run, fixtures):
    model = files.read_model(os.path.join(fixtures, f"{run.model}.model.h5"))
    tokens, targets = batches(run)
    exact = train(run, model, tokens, targets, torch.float64)
    settings = {name: getattr(run, name) for name in files.SETTINGS}
    golden = files.Training(f"{run.model}.model.h5", run.optimiser, settings,
                            f"ref/gpt.py, torch {torch.__version__}, float64", tokens, targets,
                            exact, errors(run, model, tokens, targets, exact))
    demand(run, golden, model)
    stream = numpy.random.RandomState([run.seed, 64])
    goldens.same_trace(f"{run.name} in another order", exact,
                       train_reordered(run, model, tokens, targets, torch.float64, stream))
    return golden


def demand(run, golden, model):
    """Tokens that repeat within a row of every batch, numbers that are numbers, weights that
    have moved; and, where there is clipping, steps with and without it."""
    repeats = [any(len(set(row)) < len(row) for row in batch) for batch in golden.tokens]
    finite = all(numpy.isfinite(x).all() for x in golden.trace.values())
    moved = all((golden.trace[f"after/1/{name}"] != weight).any()
                for name, weight in model.weights.items())
    clipped = int((golden.trace["norm"] > run.clip).sum())
    if not (all(repeats) and finite and moved) or run.clip and clipped in (0, STEPS):
        raise files.FileError(f"{run.name}: shows too little: batches that repeat a token "
                              f"{sum(repeats)} of {STEPS}, steps clipped {clipped}, norms "
                              f"{numpy.round(golden.trace['norm'], 2)}, finite {finite}, "
                              f"moved {moved}")


# ---- the command

def path_of(fixtures, run):
    return os.path.normpath(os.path.join(fixtures, FOLDER, f"{run.name}.training.h5"))


def check(fixtures, run):
    """What agreed; FileError at the first difference."""
    path = path_of(fixtures, run)
    committed, made = files.read_training(path), golden_of(run, fixtures)
    now = {"model": made.model, "optimiser": made.optimiser, **made.settings}
    then = {"model": committed.model, "optimiser": committed.optimiser, **committed.settings}
    for name, value in now.items():
        if value != then[name]:
            raise files.FileError(f"{path}: {name} is {then[name]}: made again it is {value}")
    goldens.same(path, "/batches/tokens", made.tokens, committed.tokens)
    goldens.same(path, "/batches/targets", made.targets, committed.targets)
    worst = goldens.same_trace(path, made.trace, committed.trace)
    goldens.same_errors(path, made, committed, complete=True)
    return goldens.agreement(committed, worst)


def write(fixtures, run):
    path = path_of(fixtures, run)
    golden = golden_of(run, fixtures)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    except OSError as error:
        raise files.FileError(f"{path}: cannot be written: {error.strerror}") from error
    files.write_training(path, golden)
    losses, norms = golden.trace["loss"], golden.trace["norm"]
    print(f"wrote {run.name:<{goldens.WIDTH}} {os.path.getsize(path)} bytes, loss "
          f"{losses[0]:.4f} to {losses[-1]:.4f}, norm {norms.min():.2f} to {norms.max():.2f}"
          + (f", {(norms > run.clip).sum()} of {STEPS} steps clipped" if run.clip else ""))


def main():
    parser = goldens.Parser(prog=goldens.PROGRAM, description=__doc__,
                            formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="runs, as gpt2-wide.adamw")
    parser.add_argument("--write", action="store_true", help="write the files")
    parser.add_argument("--fixtures", default=goldens.FIXTURES, metavar="DIR",
                        help="where the files are (fixtures/)")
    given = parser.parse_args()
    torch.set_num_threads(1)  # one order of summation
    known = {run.name: run for run in RUNS}
    for name in given.names:
        if name not in known:
            goldens.stop(f"no run is called '{name}': the names are {', '.join(known)}")
    failed = 0
    chosen = [known[name] for name in given.names] or RUNS
    for run in chosen:
        try:
            if given.write:
                write(given.fixtures, run)
            else:
                agreed = check(given.fixtures, run)
                print(f"PASS  {run.name:<{goldens.WIDTH}} {agreed}")
        except files.FileError as error:
            if given.write:
                goldens.stop(error)
            print(f"FAIL  {run.name:<{goldens.WIDTH}} {error}")
            failed += 1
    if not given.write:
        print(f"{len(chosen) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
