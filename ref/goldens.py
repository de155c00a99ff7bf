"""Makes the goldens of fixtures/ again and compares them with what is committed.

  goldens.py [NAME...]           compares the named cases, or all of them (`make goldens`)
  goldens.py --write [NAME...]   writes the files of our own cases anew
  goldens.py --export MODEL.h5 --tokens "1 2 3" [--targets "2 3 -1"] -o GOLDEN.h5
                                 makes a golden of any model; `/` begins a row of the batch

Our own cases are compared from the drawing of their weights on. The goldens made by
HuggingFace (HUGGINGFACE) and those of trained models (TRAINED) are computed from their model
files. Where transformers is installed,
every golden is compared with it as well, in memory. The files of foreign.py, together named
foreign, are written again in a temporary folder and compared.

Exit codes: 0 all agree, 1 a difference, 2 could not run. The graph is in gpt.py, the cases in
cases.toml, the files in files.py and foreign.py, transformers in hf.py.
"""
import argparse
import importlib.util
import os
import sys

sys.dont_write_bytecode = True
PROGRAM = "ref/" + os.path.basename(sys.argv[0])  # training.py shares much of this
HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.relpath(os.path.join(HERE, "..", "fixtures"))
HUGGINGFACE = ("gpt1-a", "gpt2-a", "gpt1-b", "gpt2-b")
TRAINED = ("gpt1-tiny", "gpt2-tiny")  # fixtures/tiny/README.md
GIVEN = HUGGINGFACE + TRAINED

# Of a tensor's rms. float64 leaves 1e-15 to 1e-13, by the order in which a BLAS sums.
BAR = 1e-12
# float32 errors are rounding noise: another CPU's BLAS draws them anew, about as large. Below
# FLOOR, half a unit in the last place of 1, size is luck.
FACTOR = 10
FLOOR = 2.0 ** -24
WIDTH = 26  # of a name where results are listed


def stop(message, code=2):
    print(f"{PROGRAM}: {message}", file=sys.stderr)
    sys.exit(code)


NEEDED = {"numpy": "NumPy", "h5py": "h5py", "torch": "PyTorch"}
absent = [package for package in NEEDED if importlib.util.find_spec(package) is None]
if absent:
    stop(f"needs {', '.join(NEEDED[package] for package in absent)}: "
         f"`apt install {' '.join('python3-' + package for package in absent)}` (Debian, then "
         f"/usr/bin/python3) or `pip install {' '.join(absent)}`; {sys.executable} lacks them")
if sys.version_info < (3, 11):
    stop(f"needs Python 3.11 or newer: {sys.executable} is {sys.version.split()[0]}")
try:
    import numpy
    import torch
    import cases
    import files
    import foreign
    import gpt
    import hf
except ImportError as broken:
    stop(f"{sys.executable} cannot import what is needed: {broken}")


class Parser(argparse.ArgumentParser):
    def error(self, message):
        stop(f"{message}: see {PROGRAM} --help")


def options():
    parser = Parser(prog=PROGRAM, description=__doc__,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="cases, as gpt2-odd, or foreign")
    parser.add_argument("--write", action="store_true", help="write the files of our cases")
    parser.add_argument("--fixtures", default=FIXTURES, metavar="DIR",
                        help="where the files are (fixtures/)")
    parser.add_argument("--export", metavar="MODEL.h5", help="make a golden of this model")
    parser.add_argument("--tokens", help='the input of --export: "1 2 3", rows parted by /')
    parser.add_argument("--targets", help="their targets (the next tokens; -1 at the end)")
    parser.add_argument("-o", dest="output", metavar="GOLDEN.h5", help="where --export writes")
    given = parser.parse_args()
    if given.export and (given.write or given.names):
        parser.error("--export takes no NAME and no --write")
    if given.export and (given.tokens is None or not given.output):
        parser.error("--export needs --tokens and -o")
    if not given.export and (given.tokens or given.targets or given.output):
        parser.error("--tokens, --targets and -o belong to --export")
    return given


def main():
    given = options()
    torch.set_num_threads(1)  # one order of summation
    try:
        if given.export:
            return export(given)
        ours = cases.load()
        for name in given.names:
            if name not in ours and name not in GIVEN and not foreign.named(name):
                stop(f"no case is called '{name}': the names are "
                     f"{', '.join([*GIVEN, *ours, foreign.FOLDER])}")
            if given.write and name in TRAINED:
                stop(f"{name} was trained: fixtures/tiny/goldens.sh writes its golden")
            if given.write and name in HUGGINGFACE:
                stop(f"{name} was made by HuggingFace's code: it cannot be written here")
        names = given.names or [*GIVEN, *ours, foreign.FOLDER]
        others = [file for file in foreign.FILES if any(file in foreign.named(name)
                                                        for name in names)]
        if given.write:
            write(given.fixtures, [ours[name] for name in names if name in ours])
            return write_foreign(given.fixtures, others)
        names = [name for name in names if name in ours or name in GIVEN]
        return check(given.fixtures, names, ours, others)
    except files.FileError as error:
        stop(error)
    except hf.Disagreement as error:
        stop(error, code=1)


# ---- making goldens

def golden_of(model, tokens, targets):
    trace = gpt.trace(model, tokens, targets)
    for name, tensor in trace.items():
        if not numpy.isfinite(tensor).all():
            raise files.FileError(f"{model.name}: {name} is not finite, even in float64")
    return files.Golden(model.family, model.name, f"ref/gpt.py, torch {torch.__version__}, "
                        "float64", tokens, targets, trace,
                        gpt.errors(model, tokens, targets, trace))


def transformers_remark(model, golden):
    """Compares with transformers and says so, or why not; raises hf.Disagreement."""
    try:
        count, worst = hf.compare(model, golden.tokens, golden.targets, golden.trace)
    except hf.Unusable as error:
        return f"; {error}"
    return f"; transformers {hf.version()}: {count} tensors, worst {worst:.1e}"


def paths(fixtures, name):
    return (os.path.normpath(os.path.join(fixtures, f"{name}.{kind}.h5"))
            for kind in ("model", "golden"))


def write(fixtures, chosen):
    for case in chosen:
        model, tokens, targets = cases.make(case)
        golden = golden_of(model, tokens, targets)
        if case.kind == "loud":
            demand_loud(golden)
        remark = transformers_remark(model, golden)
        model_path, golden_path = paths(fixtures, case.name)
        files.write_model(model_path, model)
        files.write_golden(golden_path, golden)
        size = os.path.getsize(model_path) + os.path.getsize(golden_path)
        print(f"wrote {case.name:<{WIDTH}} {len(golden.trace)} tensors, {size} bytes{remark}")


def write_foreign(fixtures, others):
    for file in others:
        path = foreign_path(fixtures, file)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        foreign.write(path, file)
        print(f"wrote {file.name:<{WIDTH}} {os.path.getsize(path)} bytes")
    return 0


def foreign_path(fixtures, file):
    return os.path.normpath(os.path.join(fixtures, foreign.FOLDER, f"{file.name}.h5"))


def demand_loud(golden):
    """Large scores in several heads, attention that is still spread, large logits."""
    scores = numpy.stack([x for name, x in golden.trace.items()
                          if name.startswith("forward") and name.endswith("/scores")])
    patterns = numpy.stack([x for name, x in golden.trace.items()
                            if name.startswith("forward") and name.endswith("/pattern")])
    high = (scores.max(axis=(1, 3, 4)) > 100).sum()   # of L times H heads
    low = (scores.min(axis=(1, 3, 4)) < -100).sum()
    spread = (patterns[..., 1:, :].max(axis=-1) < 0.9).mean()
    logits = golden.trace["forward/logits"]
    if min(high, low) < 3 or spread < 0.5 or logits.max() < 90 or logits.min() > -90:
        raise files.FileError(f"{golden.model}: not loud: heads beyond +100 {high}, beyond "
                              f"-100 {low}, rows not one-hot {spread:.2f}, logits from "
                              f"{logits.min():.1f} to {logits.max():.1f}")


def export(given):
    model = files.read_model(given.export)
    tokens = rows_of("--tokens", given.tokens)
    if given.targets:
        targets = rows_of("--targets", given.targets)
    else:
        targets = numpy.full_like(tokens, -1)
        targets[:, :-1] = tokens[:, 1:]
    for option, numbers, least in (("--tokens", tokens, 0), ("--targets", targets, -1)):
        wrong = numbers[(numbers < least) | (numbers >= model.n_vocab)]
        if wrong.size:
            stop(f"{option}: {wrong[0]} is out of range: {least} to {model.n_vocab - 1} "
                 f"in {given.export}")
    if tokens.shape[1] > model.n_ctx:
        stop(f"--tokens: {tokens.shape[1]} in a row: n_ctx of {given.export} is {model.n_ctx}")
    if targets.shape != tokens.shape:
        stop(f"--targets: shape {list(targets.shape)}: {list(tokens.shape)} as --tokens expected")
    if (targets == -1).all():
        stop("--targets: all are -1, which leaves the loss undefined: give at least one")
    if os.path.exists(given.output) and os.path.samefile(given.output, given.export):
        stop(f"-o: {given.output} is the model itself")
    golden = golden_of(model, tokens, targets)
    remark = transformers_remark(model, golden)
    files.write_golden(given.output, golden)
    print(f"wrote {given.output}: {len(golden.trace)} tensors{remark}")
    return 0


def rows_of(option, text):
    try:
        rows = [[int(number) for number in row.split()] for row in text.split("/")]
        if not rows[0] or len({len(row) for row in rows}) > 1:
            stop(f"{option}: every row needs the same number of tokens, at least 1")
        return numpy.array(rows, dtype=numpy.int64)
    except (ValueError, OverflowError):
        stop(f"{option}: '{text}': whole numbers expected, rows parted by /")


# ---- comparing

def check(fixtures, names, ours, others):
    passed = failed = skipped = 0
    missing = why_no_transformers()
    for name in names:
        try:
            agreed, model, golden = check_case(fixtures, name, ours.get(name))
            remark = "" if missing else transformers_remark(model, golden)
            print(f"PASS  {name:<{WIDTH}} {agreed}{remark}")
            passed += 1
        except (files.FileError, hf.Disagreement) as error:
            print(f"FAIL  {name:<{WIDTH}} {error}")
            failed += 1
    for file in others:
        try:
            print(f"PASS  {file.name:<{WIDTH}} {check_foreign(fixtures, file)}")
            passed += 1
        except files.FileError as error:
            print(f"FAIL  {file.name:<{WIDTH}} {error}")
            failed += 1
    if missing:
        print(f"SKIP  {'transformers':<{WIDTH}} {missing}: gpt.py was not compared with it")
        skipped = 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


def why_no_transformers():
    try:
        hf.version()
    except hf.Unusable as error:
        return str(error)
    return ""


def check_case(fixtures, name, case):
    """What agreed, the model, and the golden made again; FileError at the first difference."""
    model_path, golden_path = paths(fixtures, name)
    model = files.read_model(model_path)
    golden = files.read_golden(golden_path)
    tokens, targets = golden.tokens, golden.targets
    if case:
        made, tokens, targets = cases.make(case)
        same_model(model_path, made, model)
        same(golden_path, "/input/tokens", tokens, golden.tokens)
        same(golden_path, "/input/targets", targets, golden.targets)
    again = golden_of(model, tokens, targets)
    same(golden_path, "family", model.family, golden.family)
    same(golden_path, "model", model.name, golden.model)
    worst = same_trace(golden_path, again.trace, golden.trace)
    same_errors(golden_path, again, golden, complete=name not in HUGGINGFACE)
    return agreement(golden, worst), model, again


def check_foreign(fixtures, file):
    """What agreed; FileError at the first difference."""
    path = foreign_path(fixtures, file)
    is_model = file.name.endswith(".model")
    with (files.opened(path, "touchstone-model" if is_model else "touchstone-trace") as found,
          foreign.made_again(file) as made):
        foreign.same_form(path, made, found)
        again, golden = foreign.golden_in(made), foreign.golden_in(found)
    if is_model:
        model = foreign.model_of(file.stem)[0]
        same_model(path, model, files.read_model(path))
        return f"{len(model.weights)} weights, bit for bit"
    worst = same_trace(path, again.trace, golden.trace, foreign.bar(file))
    same_errors(path, again, golden, complete=True)
    return agreement(golden, worst)


def agreement(golden, worst):
    agreed = f"worst {worst[0]:.1e} ({worst[1]})" if worst[1] else "bit for bit"
    return f"{len(golden.trace)} tensors, {agreed}"


def same(path, what, made, committed):
    if not numpy.array_equal(made, committed):
        raise files.FileError(f"{path}: {what} is not what was made again")


def same_model(path, made, committed):
    for field in (*files.SIZES, "family", "name", "ln_eps", "source", "tokenizer"):
        if getattr(made, field) != getattr(committed, field):
            raise files.FileError(f"{path}: {field} is {getattr(committed, field)}: made again "
                                  f"it is {getattr(made, field)}")
    for name, weight in made.weights.items():
        bits = weight.view(numpy.uint32), committed.weights[name].view(numpy.uint32)
        same(path, "/weights/" + name, *bits)


def same_trace(path, made, committed, bar=BAR):
    """The worst error and the name of its tensor, which is empty where all are equal."""
    if odd := sorted(set(made) ^ set(committed)):
        raise files.FileError(f"{path}: /{odd[0]} is missing or too many")
    worst = (0.0, "")
    for name, tensor in committed.items():
        if tensor.dtype != numpy.float64 or tensor.shape != made[name].shape:
            raise files.FileError(f"{path}: /{name} is {tensor.dtype} {list(tensor.shape)}: "
                                  f"float64 {list(made[name].shape)} expected")
        off, scale = gpt.rms(made[name] - tensor), gpt.rms(tensor)
        error = off / scale if scale else off
        if not error <= (bar if scale else 0):
            raise files.FileError(f"{path}: /{name} is off by {error:.3g} of its rms: at most "
                                  f"{bar:g} is rounding")
        worst = max(worst, (error, name), key=lambda pair: pair[0])
    return worst


def same_errors(path, made, committed, complete):
    """The f32_ attributes: all of them where we made the file, and about as large."""
    for name, tensor in committed.trace.items():
        now, then = made.errors.get(name, {}), committed.errors.get(name, {})
        if set(now) != set(then) if complete else not set(then) <= set(now):
            raise files.FileError(f"{path}: /{name} has the attributes {sorted(then)}: "
                                  f"{sorted(now)} expected")
        if tensor.size == 1:
            continue  # the error of a single number can be tiny by luck
        for key, value in then.items():
            small, large = sorted((max(value, FLOOR), max(now[key], FLOOR)))
            if not large <= FACTOR * small:
                raise files.FileError(f"{path}: /{name}: {key} is {value:.3g}: made again it "
                                      f"is {now[key]:.3g}, not within a factor of {FACTOR}")


if __name__ == "__main__":
    sys.exit(main())
