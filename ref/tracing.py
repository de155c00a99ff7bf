"""Checks touchstone_trace.py: what it sees of a model is what the goldens hold.

  tracing.py [NAME...]    runs the named checks, or all of them (`make goldens`)

The module of docs/examples/nano_gpt.py and, where transformers is installed, its GPT-2 and GPT-1
are given the weights of every small model of fixtures/ and traced, in float64 and in float32: all
tensors of the golden have to be in the trace, and right. A TransformerLens cache is made up from
the golden's tensors, in the shapes of its hooks. Then models with a mistake, at which the first
wrong tensor has to be the one where it was made; models that do not show everything; and calls
that have to be refused.

Exit codes: 0 all agree, 1 a difference, 2 could not run.
"""
import glob
import importlib.util
import math
import os
import sys
import tempfile
import types
import warnings

import goldens
import files
import gpt
import hf
import numpy
import torch
import touchstone_trace as tracer

EXAMPLE = os.path.join(goldens.HERE, "..", "docs", "examples", "nano_gpt.py")
# Of a tensor's rms, in float64: as hf.py has it. In float32: the bar of chain mode, docs/
# commands.md, times 2, since another machine's sums are in another order.
BAR = 1e-10
F32_FACTOR, F32_FLOOR = 6, 8 * 2.0 ** -24


class Wrong(Exception):
    """What a check found, in one line."""


def nano():
    """The example's module, new for each use: a check may change it."""
    spec = importlib.util.spec_from_file_location("nano_gpt", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def model_path(name):
    return os.path.join(goldens.FIXTURES, f"{name}.model.h5")


def golden_of(name):
    return files.read_golden(os.path.join(goldens.FIXTURES, f"{name}.golden.h5"))


def of_example(name, module=None):
    return (module or nano()).build(**tracer.sizes_of(model_path(name)))


def of_transformers(name):
    return hf.build(files.read_model(model_path(name)))


def built(name, build=of_example, dtype=torch.float64):
    """A model of a fixture's sizes and weights."""
    return tracer.load(build(name).to(dtype).eval(), model_path(name))


def traced(folder, model, golden, **options):
    """The trace of a model on a golden's input, written and read again."""
    path = os.path.join(folder, "a.trace.h5")
    seen = tracer.write(path, model, golden.tokens, golden.targets, **options)
    return files.read_golden(path), seen


def wrong_of(found, golden):
    """The tensors of a trace that are not the golden's, in the order of the golden's file."""
    return [name for name, tensor in found.trace.items() if not right(name, tensor, golden)]


def right(name, tensor, golden):
    want = golden.trace.get(name)
    if want is None or want.shape != tensor.shape:
        return False
    bar = BAR
    if tensor.dtype == numpy.float32:
        bar = F32_FACTOR * golden.errors.get(name, {}).get("f32_chain_rms", 0) + F32_FLOOR
    return gpt.rms(tensor - want) <= bar * (gpt.rms(want) or 1)


def demand(holds, what):
    if not holds:
        raise Wrong(what)


def demand_all(found, golden, what):
    missing = [name for name in golden.trace if name not in found.trace]
    demand(not missing, f"{what}: not seen: {', '.join(missing[:3])}")
    bad = wrong_of(found, golden)
    demand(not bad, f"{what}: wrong: {', '.join(bad[:3])}")
    demand(found.family == golden.family, f"{what}: family {found.family}")
    demand((found.tokens == golden.tokens).all() and (found.targets == golden.targets).all(),
           f"{what}: other tokens or targets")


def names_of(family):
    """The fixtures of a family that are small, by their goldens."""
    found = glob.glob(os.path.join(goldens.FIXTURES, f"{family}-*.golden.h5"))
    names = [os.path.basename(path).split(".")[0] for path in sorted(found)
             if os.path.basename(path).count(".") == 2]
    return [name for name in names if tracer.sizes_of(model_path(name))["d_model"] <= 64]


# ---- models that are right

def every_tensor(folder, build, names):
    count = 0
    for name in names:
        golden = golden_of(name)
        for dtype in (torch.float64, torch.float32):
            found, seen = traced(folder, built(name, build, dtype), golden)
            demand_all(found, golden, f"{name} in {dtype}")
            demand(not seen.unseen(), f"{name}: unseen() is {seen.unseen()}")
            count += len(found.trace)
    return f"{count} tensors of {len(names)} models"


def check_example(folder):
    return every_tensor(folder, of_example, names_of("gpt2"))


def check_transformers(folder):
    hf.version()  # raises Unusable
    names = names_of("gpt2")
    for name in names_of("gpt1"):  # of which transformers has d_ff 4 d_model only
        sizes = tracer.sizes_of(model_path(name))
        names += [name] * (sizes["d_ff"] == 4 * sizes["d_model"])
    return every_tensor(folder, of_transformers, names)


def check_own_pass(folder):
    """`with`, a pass of one's own, and a tensor put by hand; hooks are gone afterwards."""
    golden, model = golden_of("gpt2-full"), built("gpt2-full")
    softmax = torch.nn.functional.softmax
    with tracer.Trace(model, golden.tokens, golden.targets) as trace:
        _, loss = model(torch.as_tensor(golden.tokens.astype("int64")),
                        torch.as_tensor(golden.targets.astype("int64")))
        del trace.tensors["forward/h.0/z"]
        trace.put("h.0/z", torch.as_tensor(golden.trace["forward/h.0/z"]))
        loss.backward()
    demand(torch.nn.functional.softmax is softmax, "softmax is still watched")
    path = os.path.join(folder, "own.trace.h5")
    trace.write(path)
    demand_all(files.read_golden(path), golden, "a pass of one's own")
    before = dict(trace.tensors)
    model(torch.as_tensor(golden.tokens.astype("int64")))
    demand(before == trace.tensors or set(before) == set(trace.tensors), "hooks are still there")
    return f"{len(before)} tensors"


def check_renamed(folder):
    """Other module names, through rename; a prefix; weights stored [in, out]."""
    golden, model = golden_of("gpt2-full"), built("gpt2-full")

    class Outer(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.body = model
            model.transformer["embedding"] = model.transformer["wte"]
            # named_modules shows a module once, by its first name
            model.transformer._modules.move_to_end("wte")

        def forward(self, tokens, targets):
            return self.body(tokens, targets)

    found, _ = traced(folder, Outer(), golden,
                      rename=lambda name: name.replace("embedding", "wte"))
    demand_all(found, golden, "renamed")
    return f"{len(found.trace)} tensors"


def check_untied(folder):
    """An unembedding of its own: its gradient is added where its weights are the same."""
    golden, model = golden_of("gpt2-full"), built("gpt2-full")
    model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())
    found, _ = traced(folder, model, golden)
    demand_all(found, golden, "untied")
    with torch.no_grad():
        model.lm_head.weight[0, 0] += 1
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found, _ = traced(folder, model, golden)
    demand("grad/wte" not in found.trace and len(said) == 1, "other weights: grad/wte is there")
    return "2 models"


# ---- TransformerLens

def cache_of(golden, n_head):
    """The golden's tensors under the names and in the shapes of TransformerLens' hooks."""
    B = golden.tokens.shape[0]
    back = {tracer.of_heads: lambda x: x.transpose(1, 2),
            tracer.side_by_side: lambda x: x.reshape(*x.shape[:2], n_head, -1),
            tracer.one_text: lambda x: x.expand(B, -1, -1),
            tracer.over_texts: lambda x: torch.cat([x[None], torch.zeros(B - 1, *x.shape)])}
    cache = {}
    n_layer = 1 + max(int(name.split(".")[1].split("/")[0]) for name in golden.trace
                      if name.startswith("forward/h."))
    for prefix, hooks in [("", tracer.OUTER_HOOKS)] + [(f"h.{layer}/", tracer.HOOKS)
                                                      for layer in range(n_layer)]:
        block = f"blocks.{prefix[2:-1]}." if prefix else ""
        for hook, (name, view, view_back) in hooks.items():
            tensor = torch.as_tensor(golden.trace[f"forward/{prefix}{name}"])
            gradient = torch.as_tensor(golden.trace[f"backward/{prefix}{name}"])
            cache[block + hook] = back.get(view, tracer.same)(tensor)
            cache[block + hook + "_grad"] = back.get(view_back, tracer.same)(gradient)
            if name == "scores":
                later = torch.ones_like(tensor, dtype=torch.bool).triu(1)
                cache[block + hook] = tensor.masked_fill(later, -math.inf)
        cache[block + "ln1.hook_normalized"] = torch.zeros(B, 2, 2)
    return cache


def check_cache(folder):
    golden, path = golden_of("gpt2-batch3"), os.path.join(folder, "cache.trace.h5")
    cache = cache_of(golden, tracer.sizes_of(model_path("gpt2-batch3"))["n_head"])
    tracer.write_cache(path, cache, golden.tokens, golden.targets,
                       logits=torch.as_tensor(golden.trace["forward/logits"]),
                       loss=torch.as_tensor(golden.trace["forward/loss"]))
    found = files.read_golden(path)
    bad = wrong_of(found, golden)
    demand(not bad, f"wrong: {bad[:3]}")
    # Two layers of 13 tensors, two embeddings, and their gradients; logits and loss.
    demand(len(found.trace) == 2 * (2 * 13 + 2) + 2, f"{len(found.trace)} tensors")
    tracer.write_cache(path, cache, golden.tokens, processed=True)
    kept = names_in(path)
    demand(len(kept) == 2 * 2 * 6 and "forward/h.1/q" in kept, f"processed: {sorted(kept)[:3]}")
    return f"{len(found.trace)} tensors"


def names_in(path):
    with tracer.opened(path) as file:
        names = []
        file.visit(names.append)
        return [name for name in names if name.count("/") > 1]


# ---- mistakes

def epsilon(model):
    model.transformer["h"][1].ln_1.eps = 1e-6


def bias(model):
    with torch.no_grad():
        model.transformer["h"][0].mlp.c_fc.bias.zero_()


def transposed(model):
    with torch.no_grad():
        weight = model.transformer["h"][1].attn.c_proj.weight
        weight.copy_(weight.t().clone())


def doubled(model):
    model.transformer["h"][0].attn.register_forward_hook(lambda _, given, made: 2 * made)


def unmasked(model, module):
    module.torch = types.SimpleNamespace(**{**vars(torch), "ones": torch.zeros})


def unscaled(model, module):
    module.math = types.SimpleNamespace(sqrt=lambda x: math.sqrt(x) if x < 1 else 1.0,
                                        pi=math.pi, inf=math.inf)


def weight_gradient(model):
    model.transformer["h"][1].mlp.c_proj.weight.register_hook(lambda g: 2 * g)


def tensor_gradient(model):
    def halve(_, given, made):
        made.register_hook(lambda gradient: gradient / 2)

    model.transformer["h"][1].attn.c_proj.register_forward_hook(halve)


# Where each shows first in the order of the graph; a gradient: in the order of backpropagation.
MISTAKES = [
    (epsilon, "forward/h.1/ln_1"), (bias, "forward/h.0/mlp_pre"),
    (transposed, "forward/h.1/attn_out"), (doubled, "forward/h.0/resid_mid"),
    (unmasked, "forward/h.0/pattern"), (unscaled, "forward/h.0/scores"),
    (weight_gradient, "grad/h.1.mlp.c_proj.weight"), (tensor_gradient, "backward/h.1/attn_out"),
]


def check_mistakes(folder):
    golden = golden_of("gpt2-full")
    model = files.read_model(model_path("gpt2-full"))
    forward = ["forward/" + name for step in gpt.steps(model) for name in step.outputs]
    order = forward + ["backward/" + name[8:] for name in reversed(forward)]
    for mistake, where in MISTAKES:
        module = nano()
        made = built("gpt2-full", lambda name, module=module: of_example(name, module))
        mistake(*(made, module)[:mistake.__code__.co_argcount])
        bad = wrong_of(traced(folder, made, golden)[0], golden)
        first = min(bad, key=lambda name: order.index(name) if name in order else len(order),
                    default="nothing")
        demand(first == where, f"{mistake.__name__}: first wrong is {first}, not {where}")
    return f"{len(MISTAKES)} mistakes"


# ---- what cannot be seen, what is refused

def check_unseen(folder):
    """Attention that calls no softmax, logits of the last token alone, no targets."""
    golden, module = golden_of("gpt2-full"), nano()

    def own_softmax(x, dim):
        x = (x - x.amax(dim, keepdim=True)).exp()
        return x / x.sum(dim, keepdim=True)

    module.functional = types.SimpleNamespace(softmax=own_softmax,
                                              cross_entropy=torch.nn.functional.cross_entropy)
    found, seen = traced(folder, built("gpt2-full", lambda name: of_example(name, module)), golden)
    bad = wrong_of(found, golden)
    demand(not bad, f"wrong: {bad[:3]}")
    want = [f"h.{layer}/{name}" for layer in (0, 1) for name in ("scores", "pattern")]
    demand(seen.unseen() == want, f"unseen() is {seen.unseen()}")
    model, path = built("gpt2-full"), os.path.join(folder, "b.trace.h5")
    model.lm_head.register_forward_pre_hook(lambda _, given: (given[0][:, -1:],))
    demand(tracer.write(path, model, golden.tokens).unseen() == ["logits"], "logits were seen")
    demand(all(name.startswith("forward/") for name in names_in(path)), "gradients of no loss")
    return f"{len(want) + 1} tensors not seen"


def check_warned(folder):
    golden, model = golden_of("gpt2-full"), built("gpt2-full")
    model.drop = torch.nn.Dropout(0.1)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        traced(folder, model.train(), golden)
        for weight in model.parameters():
            weight.requires_grad_(False)
        found, _ = traced(folder, model.eval(), golden)
    demand(len(said) == 2 and "model.eval()" in str(said[0].message)
           and "asks for a gradient" in str(said[1].message), f"said {[str(x) for x in said]}")
    demand(all(name.startswith("forward/") for name in found.trace), "gradients of frozen weights")
    return "2 warnings"


class Nothing(torch.nn.Module):
    def forward(self, tokens):
        return tokens


def check_refused(folder):
    golden, model = golden_of("gpt2-full"), built("gpt2-full")
    path = os.path.join(folder, "c.trace.h5")
    calls = [
        ("no modules wte and h.0", lambda: tracer.write(path, Nothing(), golden.tokens)),
        ("must be integers", lambda: tracer.write(path, model, golden.tokens / 2)),
        ("must be integers", lambda: tracer.write(path, model, golden.tokens[0])),
        ("not all be -1", lambda: tracer.write(path, model, golden.tokens, golden.tokens * 0 - 1)),
        ("not all be -1", lambda: tracer.write(path, model, golden.tokens, golden.tokens[:, 1:])),
        ("'gpt3' is not known", lambda: tracer.Trace(model, golden.tokens, family="gpt3")),
        ("no logits", lambda: tracer.write(path, model, golden.tokens, golden.targets,
                                           forward=lambda *_: None)),
        ("cannot be written: No such", lambda: tracer.write(
            os.path.join(folder, "none", "c.h5"), model, golden.tokens)),
        ("cannot be written: Is a directory", lambda: tracer.write(folder, model, golden.tokens)),
        ("h.0/z: is no tensor", lambda: tracer.Trace(model, golden.tokens).put("h.0/z", 1.0)),
        ("no hook that is known", lambda: tracer.write_cache(path, {}, golden.tokens)),
        ("no such file", lambda: tracer.load(model, path)),
        ("cannot be read as HDF5", lambda: tracer.load(model, EXAMPLE)),
        ("the model's [37, 15]", lambda: tracer.load(model, model_path("gpt2-a"))),
        ("is missing", lambda: tracer.load(model, os.path.join(goldens.FIXTURES,
                                                               "gpt2-a.golden.h5"))),
        ("is no model file", lambda: tracer.sizes_of(os.path.join(goldens.FIXTURES,
                                                                  "gpt2-a.golden.h5"))),
        ("has no /input/tokens", lambda: tracer.input_of(model_path("gpt2-a"))),
    ]
    for words, what in calls:
        try:
            what()
        except tracer.TraceError as error:
            demand(words in str(error) and "\n" not in str(error), f"'{words}' not in: {error}")
        else:
            raise Wrong(f"not refused: {words}")
    left = [name for name in os.listdir(folder) if ".part-" in name]
    demand(not left and not os.path.exists(path), f"left behind: {left}")
    return f"{len(calls)} calls"


# ---- the command

CHECKS = {check.__name__[6:]: check for check in (
    check_example, check_transformers, check_own_pass, check_renamed, check_untied, check_cache,
    check_mistakes, check_unseen, check_warned, check_refused)}


def main():
    parser = goldens.Parser(prog=goldens.PROGRAM, description=__doc__,
                            formatter_class=goldens.argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(CHECKS)}")
    given = parser.parse_args()
    torch.set_num_threads(1)  # one order of summation
    count = {"PASS": 0, "FAIL": 0, "SKIP": 0}
    for name in given.names or CHECKS:
        if name not in CHECKS:
            goldens.stop(f"no check is called '{name}': the names are {', '.join(CHECKS)}")
        with tempfile.TemporaryDirectory() as folder:
            try:
                status, remark = "PASS", CHECKS[name](folder)
            except hf.Unusable as error:
                status, remark = "SKIP", error
            except (Wrong, tracer.TraceError, files.FileError) as error:
                status, remark = "FAIL", error
        count[status] += 1
        print(f"{status}  {'tracing ' + name:<{goldens.WIDTH}} {remark}")
    print(f"{count['PASS']} passed, {count['FAIL']} failed, {count['SKIP']} skipped")
    return 1 if count["FAIL"] else 0


if __name__ == "__main__":
    sys.exit(main())
