"""Goldens of sampling: which token follows from given logits and a given random number.

  sampling.py            makes both files again and compares them with fixtures/sampling/
  sampling.py --write    writes them

draws.txt   a line a case: the token that is right (-1 where none can be chosen), V, top_k
            (0: all), top_p, temperature, uniform, then V logits. Every number is written so
            that reading it gives the same double; every logit fits a float.
greedy.txt  a line a case: a model, `:`, the ids of a prompt, `:`, how the reference model
            goes on, always with the likeliest token, until n_ctx is full.

The draws are computed in decimal numbers of 60 digits, from the rule alone:

  * weights exp(logit / temperature); the line of tokens begins with the likeliest, equals in
    the order of their ids; temperature 0 takes the first of the line
  * top-k keeps the first k and whatever equals the k-th; top-p, of what is left, the shortest
    beginning whose share of the weight is at least p
  * the token in whose part of the whole width the place uniform * width lies

A case is kept only where its answer does not hang on rounding: every border is far enough
from the place, or the weights are all 1 or 0. Greedy cases likewise need a likeliest token
that float32 cannot miss. Exit codes: 0 all agree, 1 a difference, 2 could not run.
"""
import argparse
import os
import random
import sys
from decimal import Decimal, localcontext

sys.dont_write_bytecode = True
PROGRAM = "ref/sampling.py"
HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.relpath(os.path.join(HERE, "..", "fixtures"))
INFINITY = float("inf")
BELOW_ONE = 1 - 2.0 ** -53
DIGITS = 60
SMALLEST = Decimal("1e-330")  # smaller weights are 0 in a double
MARGIN = Decimal("1e-11")     # of the whole width, between a place and a border
SURE = 1e-3                   # of the logits' rms, between the likeliest and the next


def stop(message):
    print(f"{PROGRAM}: {message}", file=sys.stderr)
    sys.exit(2)


try:
    import numpy
    import torch
    import files
    import gpt
except ImportError as broken:
    stop(f"{sys.executable} cannot import what is needed: {broken}: run make setup-goldens")


# ---- draws

def choose(logits, temperature, top_k, top_p, uniform):
    """The right token and whether the answer is beyond doubt; -1: none can be chosen."""
    if any(x != x or x == INFINITY for x in logits) or max(logits) == -INFINITY:
        return -1, True
    line = sorted(range(len(logits)), key=lambda token: (-logits[token], token))
    if temperature == 0:
        return line[0], True
    with localcontext() as context:
        context.prec = DIGITS
        if top_k:
            least = logits[line[min(top_k, len(line)) - 1]]
            line = [token for token in line if logits[token] >= least]
        top = Decimal(logits[line[0]])
        weights = [weight(Decimal(logits[token]) - top, Decimal(temperature))
                   for token in line]
        plain = all(x in (0, 1) for x in weights)
        sure = True
        if top_p < 1:
            borders = sums(weights)
            place = Decimal(top_p) * borders[-1]
            kept = next(i for i, border in enumerate(borders) if border >= place) + 1
            sure = plain or far(borders, place)
            line, weights = line[:kept], weights[:kept]
        borders = sums(weights)
        place = Decimal(uniform) * borders[-1]
        index = next(i for i, border in enumerate(borders) if border > place)
        return line[index], sure and (plain or far(borders, place))


def weight(below, temperature):
    if below == -INFINITY:
        return Decimal(0)
    found = (below / temperature).exp()
    return found if found > SMALLEST else Decimal(0)


def sums(weights):
    found, total = [], Decimal(0)
    for x in weights:
        total += x
        found.append(total)
    return found


def far(borders, place):
    """The last border is no danger: a place lies below it by the rule."""
    return all(border == borders[-1] or abs(border - place) > MARGIN * borders[-1]
               for border in borders)


def draw_cases():
    """Several hundred lines; those made on purpose come first."""
    lines = []

    def case(logits, temperature=1.0, top_k=0, top_p=1.0, uniform=0.5, wanted=True):
        token, sure = choose(logits, temperature, top_k, top_p, uniform)
        if sure:
            numbers = [repr(float(x)) for x in (top_p, temperature, uniform, *logits)]
            lines.append(" ".join([str(token), str(len(logits)), str(top_k), *numbers]))
        elif wanted:
            stop(f"a case hangs on rounding: {logits}, uniform {uniform}")

    chosen_cases(case)
    stream = random.Random(20180611)
    for _ in range(400):
        random_case(stream, case)
    return "".join(line + "\n" for line in lines)


EDGES = (0.0, 2.0 ** -53, 0.25, 0.5, 0.75, BELOW_ONE)


def chosen_cases(case):
    inf, tiny = INFINITY, 5e-324
    for uniform in EDGES:
        case([1.5], uniform=uniform)                                  # one token
        case([-3.0], temperature=1e-300, top_k=5, top_p=0.0, uniform=uniform)
        for n in (2, 4, 8):                                           # all equal
            case([0.75] * n, uniform=uniform)
            case([-1e30] * n, temperature=3.0, uniform=uniform)
            case([2.0] * n, top_k=1, uniform=uniform)                 # ties at the k-th
            case([2.0] * n, top_p=0.5, uniform=uniform)               # n/2 of them, exactly
            case([2.0] * n, top_p=tiny, uniform=uniform)
        case([1.0, 3.0, 3.0, 2.0, 3.0], temperature=0.0, uniform=uniform)  # the lowest id
        case([-0.0, 0.0, -1.0], temperature=0.0, uniform=uniform)
        case([-inf, -7.0, -inf], temperature=0.0, uniform=uniform)
        case([-inf, 4.0, -inf, 4.0], uniform=uniform)                 # -inf: probability 0
        case([-inf, 4.0, -inf, -inf], temperature=1e308, uniform=uniform)
        case([4.0, -inf, 4.0, 4.0, 4.0], top_k=9, uniform=uniform)    # k beyond V
        case([1.0, 3.0, 3.0, 2.0, 3.0], temperature=1e-300, uniform=uniform)
        case([1.0, 3.0, 3.0, 2.0], temperature=tiny, uniform=uniform)
        case([1e38, -3e38, 1.0, 0.0], temperature=1e-3, uniform=uniform)
        case([3e38, -3e38], temperature=tiny, uniform=uniform)
        case([1.0, -5.0, 3.0, 2.0], temperature=1e308, uniform=uniform)
        case([1e30, -1e30, 0.0, 5.0], temperature=1e300, uniform=uniform)
        case([5.0, 1.0, 5.0, 5.0, 0.0], top_k=2, temperature=1e-9, uniform=uniform)
        case([5.0, 1.0, 5.0, 5.0, 0.0], top_k=2, top_p=0.5, uniform=uniform)
        case([2.0, 9.0, 1.0], top_p=0.0, uniform=uniform)             # only the likeliest
        case([2.0, 9.0, 9.0], top_p=0.0, uniform=uniform)
        case([2.0, 9.0, 1.0], top_p=1e-300, uniform=uniform)
        case([float("nan"), 1.0], uniform=uniform)
        case([1.0, 2.0, float("nan")], temperature=0.0, uniform=uniform)
        case([1.0, inf, 0.0], uniform=uniform)
        case([-inf, -inf], uniform=uniform)
        case([-inf], temperature=0.0, uniform=uniform)


def random_case(stream, case):
    n = stream.choice((2, 3, 5, 7, 12, 29, 40))
    spread = stream.choice((0.1, 1.0, 4.0, 20.0))
    kind = stream.choice(("any", "any", "ties", "holes"))
    # A sum of three uniform numbers: a bell, and the same in every version of Python.
    logits = [spread * (sum(stream.random() for _ in range(3)) - 1.5) for _ in range(n)]
    if kind == "ties":
        logits = [float(round(x)) for x in logits]
    if kind == "holes":
        logits = [-INFINITY if stream.random() < 0.3 else x for x in logits[1:]] + logits[:1]
    logits = [float(numpy.float32(x)) for x in logits]
    case(logits,
         temperature=stream.choice((0.0, 0.05, 0.5, 0.7, 1.0, 1.0, 1.3, 3.0, 50.0, 1e6)),
         top_k=stream.choice((0, 0, 0, 1, 2, 3, 5, n, n + 3)),
         top_p=stream.choice((1.0, 1.0, 1.0, 0.1, 0.5, 0.9, 0.95, 0.999)),
         uniform=stream.choice((0.0, stream.random(), stream.random(), stream.random(),
                                BELOW_ONE)),
         wanted=False)


# ---- greedy continuations

MODELS = [f"{family}-{name}" for name in ("pocket", "full", "odd", "one-head", "a", "b")
          for family in ("gpt1", "gpt2")]


def greedy_cases():
    lines = []
    for name in MODELS:
        model = files.read_model(os.path.join(FIXTURES, f"{name}.model.h5"))
        golden = files.read_golden(os.path.join(FIXTURES, f"{name}.golden.h5"))
        for row in golden.tokens:
            for length in (1, 2, len(row) - 1):
                prompt = [int(token) for token in row[:length]]
                made = continuation(model, prompt)
                if made:
                    lines.append(f"{name} : {join(prompt)} : {join(made)}\n")
    return "".join(lines)


def continuation(model, prompt):
    """What follows until n_ctx; None where a float32 might choose another token."""
    weights = {name: gpt.leaf(array, torch.float64) for name, array in model.weights.items()}
    tokens = list(prompt)
    while len(tokens) < model.n_ctx:
        inputs = numpy.array([tokens])
        logits = gpt.array_of(gpt.run(model, weights, inputs, inputs)["logits"])[0, -1]
        best, second = numpy.sort(logits)[:-3:-1]
        if best - second < SURE * gpt.rms(logits):
            return None
        tokens.append(int(numpy.argmax(logits)))
    return tokens[len(prompt):]


def join(tokens):
    return " ".join(str(token) for token in tokens)


# ---- the command

def compare(path, made):
    """Counts of lines that agree and that do not."""
    try:
        with open(path, encoding="ascii") as file:
            found = file.read().splitlines()
    except OSError as error:
        stop(f"{path}: {error.strerror}: run {PROGRAM} --write")
    wanted = made.splitlines()
    passed = failed = 0
    for number in range(max(len(found), len(wanted))):
        pair = [lines[number] if number < len(lines) else "" for lines in (found, wanted)]
        if pair[0] == pair[1]:
            passed += 1
            continue
        failed += 1
        print(f"FAIL  {path}:{number + 1}: `{pair[0]}`: made again it is `{pair[1]}`")
    return passed, failed


def write(path, text):
    part = f"{path}.part-{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(part, "w", encoding="ascii") as file:
            file.write(text)
        os.replace(part, path)
    except OSError as error:
        if os.path.exists(part):
            os.remove(part)
        stop(f"{path}: cannot be written: {error.strerror}")
    print(f"wrote {path}: {text.count(chr(10))} cases, {len(text)} bytes")


def main():
    parser = argparse.ArgumentParser(prog=PROGRAM, description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the files")
    given = parser.parse_args()
    torch.set_num_threads(1)
    passed = failed = 0
    try:
        made = {"draws.txt": draw_cases(), "greedy.txt": greedy_cases()}
    except files.FileError as error:
        stop(error)
    for name, text in made.items():
        path = os.path.join(FIXTURES, "sampling", name)
        if given.write:
            write(path, text)
            continue
        right, wrong = compare(path, text)
        if not wrong:
            print(f"PASS  sampling/{name:<17} {right} cases, equal")
        passed, failed = passed + right, failed + wrong
    if given.write:
        return 0
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
