"""touchstone_trace.py: traces of GPTs in PyTorch, forward and backward, to be checked.

    import touchstone_trace
    touchstone_trace.load(model, "gpt2.model.h5")              # the same weights
    tokens, targets = touchstone_trace.input_of("gpt2.golden.h5")
    touchstone_trace.write("mine.trace.h5", model.eval(), tokens, targets)

or round a forward and backward pass of one's own:

    with touchstone_trace.Trace(model, tokens, targets) as trace:
        logits, loss = model(tokens, targets)
        trace.put("h.0/pattern", pattern)                       # what no hook can see
        loss.backward()
    trace.write("mine.trace.h5")

Then `touchstone compare --golden gpt2.golden.h5 mine.trace.h5`. This file stands alone: copy
it. It needs torch, h5py and numpy; docs/trace-from-pytorch.md walks through an example.

Tensors are found by the names of modules, those of the published checkpoints: wte, wpe, h.N,
ln_1, attn.c_attn, attn.c_proj, ln_2, mlp.c_fc, mlp.c_proj, ln_f, lm_head, below any prefix
(HuggingFace's GPT2LMHeadModel and OpenAIGPTLMHeadModel, nanoGPT, minGPT); `rename` is for
models with other names. q, k and v are c_attn's output in three; z is c_proj's input. Scores and
pattern are the input and output of the softmax over [B, H, T, T] inside a block; a fused
attention computes neither where they can be seen, and they are left out. TransformerLens caches
are written by write_cache. Names, shapes and meaning are those of docs/formats.md.
"""
import argparse
import importlib.util
import inspect
import io
import os
import re
import sys
import warnings

import h5py
import numpy as np
import torch
import torch.nn.functional as functional

LINEAR = ("attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj")
NORMS = ("ln_1", "ln_2", "ln_f")
TOP = {"tokens_embed": "wte", "positions_embed": "wpe"}  # HuggingFace's GPT-1
LAYER = re.compile(r"(?:^|\.)h\.(\d+)(?:\.(ln_1|ln_2|attn|" +
                   "|".join(map(re.escape, LINEAR)) + r"))?$")
OUTSIDE = re.compile(r"(?:^|\.)(wte|wpe|tokens_embed|positions_embed|ln_f|lm_head)$")
OF_BLOCK = ("resid_pre", "ln_1", "q", "k", "v", "scores", "pattern", "z", "attn_out",
            "resid_mid", "ln_2", "mlp_pre", "mlp_post", "mlp_out", "resid_post")
CHUNK_BYTES = 1 << 20  # what HDF5 keeps of a dataset while it reads


class TraceError(Exception):
    """One line that says what cannot be done, and what to do."""


def write(path, model, tokens, targets=None, **options):
    """Runs the model on tokens [B, T], and back from the loss where there are targets [B, T] (-1
    is left out), and writes all that was seen. Options are those of Trace. Returns the Trace."""
    with Trace(model, tokens, targets, **options) as trace:
        trace.run()
    trace.write(path)
    return trace


class Trace:
    """What a model computes between `with` and its end, by the names of the format.

    family    'gpt1' or 'gpt2' (told by whether there is an ln_f)
    name      of the model, for people
    producer  what computed it ('torch VERSION, DTYPE')
    n_head    heads (asked of the attention modules and the model's config)
    rename    function from the model's module names to those above
    forward   function (model, tokens, targets) that run() calls instead of the model

    Of several forward passes the last one counts. Gradients that the weights hold are dropped at
    the beginning. `tensors` is what was seen, by name: 'forward/h.0/q', 'backward/...', 'grad/...'.
    """

    def __init__(self, model, tokens, targets=None, *, family=None, name=None, producer=None,
                 n_head=None, rename=None, forward=None):
        self.model, self.call = model, forward or call
        self.parts = find_parts(model, rename)
        self.layers = sorted({int(name.split(".")[1]) for name in self.parts
                              if name.startswith("h.")})
        if "wte" not in self.parts or not self.layers:
            raise TraceError("the model has no modules wte and h.0 under any prefix: give rename")
        self.family = family or ("gpt2" if "ln_f" in self.parts else "gpt1")
        if self.family not in ("gpt1", "gpt2"):
            raise TraceError(f"family '{self.family}' is not known: gpt1 or gpt2")
        parameter = self.parts["wte"].weight
        self.device, self.n_head = parameter.device, n_head or self.find_heads()
        self.name = name or type(model).__name__
        self.producer = producer or (f"{type(model).__name__}, torch {torch.__version__}, "
                                     f"{str(parameter.dtype).replace('torch.', '')}")
        self.tokens, self.targets = whole(tokens, "tokens"), None
        if targets is not None:
            self.targets = whole(targets, "targets")
            if self.targets.shape != self.tokens.shape or (self.targets < 0).all():
                raise TraceError("targets must have the shape of tokens, and not all be -1")
        self.tensors, self.logits, self.loss, self.layer = {}, None, None, None
        self.handles, self.softmaxes = [], []

    # ---- the pass

    def __enter__(self):
        self.model.zero_grad(set_to_none=True)
        if self.model.training and any(isinstance(module, torch.nn.Dropout) and module.p > 0
                                       for module in self.model.modules()):
            warnings.warn("the model is in training mode, its dropout is on: call model.eval()")
        self.hook_all()
        for place, name in ((functional, "softmax"), (torch, "softmax"), (torch.Tensor, "softmax")):
            self.softmaxes.append((place, name, getattr(place, name)))
            setattr(place, name, self.watched(getattr(place, name)))
        return self

    def __exit__(self, *_):
        for handle in self.handles:
            handle.remove()
        for place, name, original in self.softmaxes:
            setattr(place, name, original)
        self.handles, self.softmaxes = [], []

    def run(self):
        """Forward, and backward where there are targets. The loss is the one that the model
        returns, or the mean of -log p(target) over the targets that count."""
        tokens = torch.as_tensor(self.tokens, device=self.device)
        targets = None if self.targets is None else torch.as_tensor(self.targets,
                                                                    device=self.device)
        with torch.set_grad_enabled(targets is not None):
            self.call(self.model, tokens, targets)
        if targets is None:
            return
        if self.logits is None:
            raise TraceError("no logits [B, T, V] were seen: call the output lm_head, or return "
                             "them")
        if self.loss is None:
            self.put("loss", functional.cross_entropy(self.logits.flatten(0, 1),
                                                      targets.flatten(), ignore_index=-1))
        if not self.loss.requires_grad:
            warnings.warn("no weight of the model asks for a gradient: forward alone is written")
        else:
            self.loss.backward()

    def put(self, name, tensor):
        """A tensor under a name of the format, e.g. 'h.0/pattern'; its gradient comes with it."""
        if name == "loss":
            self.loss = tensor
        self.keep(tensor, {name: (same, same)})

    def keep(self, tensor, views):
        """A copy now, before the model can change it in place, and one of its gradient."""
        for name, (view, _) in views.items():
            if not torch.is_tensor(tensor):
                raise TraceError(f"{name}: is no tensor but a {type(tensor).__name__}")
            self.tensors["forward/" + name] = array(view(tensor.detach()))
        if tensor.requires_grad and "loss" not in views:
            tensor.register_hook(lambda gradient: self.keep_gradient(gradient.detach(), views))

    def keep_gradient(self, gradient, views):
        for name, (_, view) in views.items():
            self.tensors["backward/" + name] = array(view(gradient))

    # ---- hooks

    def hook_all(self):
        self.handles.append(self.model.register_forward_pre_hook(self.begin))
        self.handles.append(self.model.register_forward_hook(self.end))
        self.output("wte", "tok_embed")
        self.hook("wpe", self.positions)
        for layer in self.layers:
            self.hook_layer(f"h.{layer}", layer)
        if self.family == "gpt2":
            self.output("ln_f", "ln_f")
        self.hook("lm_head", lambda given, made: self.see_logits(made))

    def hook_layer(self, block, layer):
        at = block + "/"
        module = self.parts[block]
        self.handles.append(module.register_forward_pre_hook(
            lambda *_: setattr(self, "layer", layer)))
        self.hook(block, lambda *_: setattr(self, "layer", None))
        self.hook(block + ".attn.c_attn", lambda given, made: self.keep(made, {
            at + "qkv"[i]: (self.heads(i), self.heads(i)) for i in range(3)}))
        for part, given, made in (("attn.c_proj", "z", "attn_out"), ("mlp.c_fc", None, "mlp_pre"),
                                  ("mlp.c_proj", "mlp_post", "mlp_out"),
                                  ("ln_1", None, "ln_1"), ("ln_2", None, "ln_2")):
            self.output(f"{block}.{part}", at + made)
            if given:
                self.given(f"{block}.{part}", at + given)
        if self.family == "gpt1":
            self.given(block + ".attn.c_attn", at + "resid_pre")
            self.given(block + ".ln_1", at + "resid_mid")
            self.given(block + ".ln_2", at + "resid_post")
        else:
            self.given(block + ".ln_1", at + "resid_pre")
            self.given(block + ".ln_2", at + "resid_mid")
            self.output(block, at + "resid_post")

    def hook(self, part, see):
        if part in self.parts:
            self.handles.append(self.parts[part].register_forward_hook(
                lambda _, given, made: see(given, made)))

    def output(self, part, name):
        self.hook(part, lambda given, made: self.put(name, first(made)))

    def given(self, part, name):
        self.hook(part, lambda given, made: self.put(name, given[0]))

    def begin(self, *_):
        self.tensors, self.logits, self.loss, self.layer = {}, None, None, None

    def end(self, _, given, made):
        """What a model returns: its loss, and its logits where no lm_head showed them."""
        parts = list(made.values()) if isinstance(made, dict) else made
        for part in parts if isinstance(parts, (tuple, list)) else [parts]:
            if not torch.is_tensor(part):
                continue
            if part.dim() == 0:
                self.put("loss", part)
            elif self.logits is None and part.dim() == 3:
                self.see_logits(part)

    def see_logits(self, made):
        if made.shape[:2] == self.tokens.shape:  # not where a model computes the last row alone
            self.logits = made
            self.put("logits", made)

    def positions(self, given, made):
        """wpe's output is [T, C], [1, T, C] or, the same for each text, [B, T, C]."""
        rows = made.detach().reshape(-1, *made.shape[-2:])
        if bool((rows == rows[0]).all()):
            self.keep(made, {"pos_embed": (lambda x: rows[0], lambda g: g.reshape(
                -1, *g.shape[-2:]).sum(0))})

    def heads(self, i):
        """A third of c_attn's output [B, T, 3 C], as [B, H, T, D]."""
        def view(x):
            part = x.chunk(3, dim=-1)[i]
            return part.reshape(*part.shape[:2], self.n_head, -1).transpose(1, 2)
        return view

    def watched(self, softmax):
        def watch(x, *arguments, **options):
            inside, self.layer = self.layer, None  # one softmax may call another
            made = softmax(x, *arguments, **options)
            self.layer = inside
            T = self.tokens.shape[1]
            if inside is not None and x.dim() == 4 and x.shape[2:] == (T, T):
                # Masked scores are stored as 0. The gradient at a masked entry of the pattern
                # means nothing.
                self.keep(x, {f"h.{inside}/scores": (torch.tril, same)})
                self.keep(made, {f"h.{inside}/pattern": (same, torch.tril)})
            return made
        return watch

    def find_heads(self):
        config = getattr(self.model, "config", None)
        for place in (self.parts.get(f"h.{self.layers[0]}.attn"), config):
            for name in ("n_head", "num_heads", "n_heads", "num_attention_heads"):
                if isinstance(getattr(place, name, None), int):
                    return getattr(place, name)
        raise TraceError("how many heads the model has cannot be told: give n_head")

    # ---- the file

    def gradients(self):
        """grad/..., laid out [in, out]."""
        found = {}
        for name, parameter, view in weights_of(self.parts):
            if parameter.grad is not None:
                found["grad/" + name] = array(view(parameter.grad))
        head = getattr(self.parts.get("lm_head"), "weight", None)
        wte = self.parts["wte"].weight
        if "grad/wte" in found and head is not None and head is not wte:
            if head.grad is not None and torch.equal(head, wte):
                found["grad/wte"] += array(head.grad)
            else:
                warnings.warn("lm_head is not tied to wte and has other weights: grad/wte is "
                              "left out")
                del found["grad/wte"]
        return found

    def unseen(self):
        """The forward tensors of the format that were not seen."""
        names = ["tok_embed", "pos_embed"]
        names += [f"h.{layer}/{name}" for layer in self.layers for name in OF_BLOCK]
        names += ["ln_f"] * (self.family == "gpt2") + ["logits"]
        names += ["loss"] * (self.targets is not None)
        return [name for name in names if "forward/" + name not in self.tensors]

    def write(self, path):
        save(path, {**self.tensors, **self.gradients()}, self.tokens, self.targets,
             family=self.family, name=self.name, producer=self.producer)


def call(model, tokens, targets):
    """Runs a model in the way that its forward function asks for."""
    takes = inspect.signature(model.forward).parameters
    if "input_ids" in takes:  # transformers, whose own loss would shift the targets
        options = {name: value for name, value in (("use_cache", False), ("return_dict", True))
                   if name in takes}
        return model(input_ids=tokens, **options)
    if "targets" in takes and targets is not None:
        return model(tokens, targets)
    return model(tokens)


def find_parts(model, rename=None):
    """The modules by their names in the format, without what stands before them."""
    found = {}
    for name, module in model.named_modules():
        name = rename(name) if rename else name
        inside, outside = LAYER.search(name or ""), OUTSIDE.search(name or "")
        if inside:
            layer, part = inside.groups()
            found.setdefault(f"h.{int(layer)}" + ("." + part if part else ""), module)
        elif outside:
            found.setdefault(TOP.get(outside.group(1), outside.group(1)), module)
    return found


def weights_of(parts):
    """(name in the format, parameter, how to lay out one like it as [in, out]) of each weight."""
    C = parts["wte"].weight.shape[1]
    turned = {type(part): tuple(part.weight.shape) == (3 * C, C)
              for name, part in parts.items() if name.endswith("attn.c_attn")}
    for name, part in parts.items():
        kind = name.split(".", 2)[-1] if name.startswith("h.") else name
        if kind in ("wte", "wpe"):
            yield name, part.weight, same
        elif kind in LINEAR or kind in NORMS:
            flip = kind in LINEAR and turned.get(type(part), isinstance(part, torch.nn.Linear))
            yield name + ".weight", part.weight, torch.t if flip else same
            if getattr(part, "bias", None) is not None:
                yield name + ".bias", part.bias, same


def load(model, path, rename=None):
    """Copies the weights of a model file (docs/formats.md) into a model of the same sizes."""
    parts = find_parts(model, rename)
    with opened(path) as file, torch.no_grad():
        for name, parameter, view in weights_of(parts):
            if "weights/" + name not in file:
                raise TraceError(f"{path}: /weights/{name} is missing")
            weight = torch.from_numpy(file["weights/" + name][()])
            place = view(parameter)
            if weight.shape != place.shape:
                raise TraceError(f"{path}: /weights/{name} is {list(weight.shape)}, the model's "
                                 f"{list(place.shape)}")
            place.copy_(weight)
        head = getattr(parts.get("lm_head"), "weight", None)
        if head is not None and head is not parts["wte"].weight:
            head.copy_(parts["wte"].weight)
    return model


def sizes_of(path):
    """family, n_layer, n_head, d_model, d_ff, n_ctx, n_vocab, ln_eps of a model file."""
    with opened(path) as file:
        names = ("n_layer", "n_head", "d_model", "d_ff", "n_ctx", "n_vocab")
        for name in ("family", *names, "ln_eps"):
            if name not in file.attrs:
                raise TraceError(f"{path}: is no model file: it has no attribute {name}")
        family = file.attrs["family"]
        return {"family": family.decode() if isinstance(family, bytes) else str(family),
                **{name: int(file.attrs[name]) for name in names},
                "ln_eps": float(file.attrs["ln_eps"])}


def input_of(path):
    """tokens and targets of a golden or trace, int64 [B, T]; targets are None where none are."""
    with opened(path) as file:
        if "input/tokens" not in file:
            raise TraceError(f"{path}: has no /input/tokens")
        targets = file["input/targets"][()].astype(np.int64) if "input/targets" in file else None
        return file["input/tokens"][()].astype(np.int64), targets


# ---- TransformerLens

def of_heads(x):       # [B, T, H, D] -> [B, H, T, D]
    return x.transpose(1, 2)


def side_by_side(x):   # [B, T, H, D] -> [B, T, C]
    return x.flatten(2)


def one_text(x):       # [B, T, C], the same for each text -> [T, C]
    return x[0]


def over_texts(x):
    return x.sum(0)


def same(x):
    return x


# Hook: (name in the format, view of the tensor, view of its gradient). Names and shapes are those
# of TransformerLens 4cd36aa (components/abstract_attention.py, transformer_block.py).
# hook_normalized has no place: it is taken before the gain and the bias.
HOOKS = {
    "attn.hook_q": ("q", of_heads, of_heads),
    "attn.hook_k": ("k", of_heads, of_heads),
    "attn.hook_v": ("v", of_heads, of_heads),
    "attn.hook_attn_scores": ("scores", torch.tril, same),
    "attn.hook_pattern": ("pattern", same, torch.tril),
    "attn.hook_z": ("z", side_by_side, side_by_side),
    "hook_attn_out": ("attn_out", same, same),
    "hook_resid_pre": ("resid_pre", same, same),
    "hook_resid_mid": ("resid_mid", same, same),
    "hook_resid_post": ("resid_post", same, same),
    "mlp.hook_pre": ("mlp_pre", same, same),
    "mlp.hook_post": ("mlp_post", same, same),
    "hook_mlp_out": ("mlp_out", same, same),
}
OUTER_HOOKS = {"hook_embed": ("tok_embed", same, same),
               "hook_pos_embed": ("pos_embed", one_text, over_texts)}
# What stays as it was when weights are processed (layer norms folded in, weights centred).
UNPROCESSED = ("q", "k", "scores", "pattern", "mlp_pre", "mlp_post")


def write_cache(path, cache, tokens, targets=None, *, logits=None, loss=None, processed=False,
                name="gpt2", producer="TransformerLens"):
    """Writes a cache of HookedTransformer.run_with_cache, a dictionary of tensors by hook name;
    those whose names end in _grad (get_caching_hooks with incl_bwd=True) are gradients.

    processed   True for a model of from_pretrained with its defaults: folding and centring change
                all but a few tensors, and only those few are written. With
                from_pretrained_no_processing they are what the published model computes.
    """
    tensors = {}
    for key, tensor in cache.items():
        backward = key.endswith("_grad")
        hook = key[:-len("_grad")] if backward else key
        inside = re.fullmatch(r"blocks\.(\d+)\.(.+)", hook)
        known = HOOKS.get(inside.group(2)) if inside else OUTER_HOOKS.get(hook)
        if not known or (processed and known[0] not in UNPROCESSED):
            continue
        full = (f"h.{inside.group(1)}/" if inside else "") + known[0]
        view = known[2 if backward else 1]
        tensors[("backward/" if backward else "forward/") + full] = array(view(tensor.detach()))
    for key, tensor in (("logits", logits), ("loss", loss)):
        if tensor is not None and not processed:
            tensors["forward/" + key] = array(tensor.detach())
    if not tensors:
        raise TraceError("the cache has no hook that is known, as blocks.0.hook_resid_pre")
    save(path, tensors, whole(tokens, "tokens"),
         None if targets is None else whole(targets, "targets"),
         family="gpt2", name=name, producer=producer)


# ---- files

def array(tensor):
    """A copy in float64 where the tensor is float64, else in float32, which holds the rest."""
    wide = tensor.dtype == torch.float64
    return tensor.to(torch.float64 if wide else torch.float32).cpu().numpy().copy()


def first(made):
    """A block may return more than its output."""
    return made[0] if isinstance(made, (tuple, list)) else made


def whole(numbers, what):
    numbers = numbers.detach().cpu().numpy() if torch.is_tensor(numbers) else np.asarray(numbers)
    if numbers.ndim != 2 or numbers.dtype.kind not in "iu" or numbers.size == 0:
        raise TraceError(f"{what} must be integers of shape [B, T]")
    return numbers.astype(np.int64)


def opened(path):
    if not os.path.isfile(path):
        raise TraceError(f"{path}: no such file")
    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise TraceError(f"{path}: cannot be read as HDF5: {reason(error)}") from error


def save(path, tensors, tokens, targets=None, *, family, name, producer):
    """Writes a trace from arrays by name, whole or not at all.

    The file is made in memory: a full disk is then an error of write(), while HDF5 1.10 crashes
    where it cannot close a file."""
    image = io.BytesIO()
    with h5py.File(image, "w", libver=("v108", "v110")) as file:
        for key, text in (("format", "touchstone-trace"), ("family", family),
                          ("model", name or "?"), ("producer", producer or "?")):
            file.attrs[key] = np.bytes_(text.encode())
        file.attrs["format_version"] = 1
        put(file, "input/tokens", tokens.astype("<i4"))
        if targets is not None:
            put(file, "input/targets", targets.astype("<i4"))
        for key, tensor in tensors.items():
            put(file, key, tensor.astype("<f8" if tensor.dtype == np.float64 else "<f4"))
    part = f"{path}.part-{os.getpid()}"
    try:
        with open(part, "wb") as out:
            out.write(image.getvalue())
        os.replace(part, path)
    except OSError as error:
        if os.path.exists(part):
            os.remove(part)
        raise TraceError(f"{path}: cannot be written: {reason(error)}") from error


def put(file, name, tensor):
    """A scalar can have no filters."""
    if tensor.ndim == 0:
        file.create_dataset(name, data=tensor)
        return
    chunk, room = [], max(1, CHUNK_BYTES // tensor.itemsize)
    for size in reversed(tensor.shape):  # whole last dimensions, as many as fit
        chunk.insert(0, min(size, room))
        room = max(1, room // chunk[0])
    file.create_dataset(name, data=tensor, chunks=tuple(chunk), shuffle=True, compression="gzip",
                        fletcher32=True)


def reason(error):
    """Why, in one line: what HDF5 says may have several."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return text.strip().split("\n", maxsplit=1)[0]


# ---- the command

def build(what, model_file):
    """The model that a command line names."""
    path, _, function = what.rpartition(":")
    if not path.endswith(".py"):
        return from_transformers(what)
    spec = importlib.util.spec_from_file_location("touchstone_model", path)
    if not os.path.isfile(path):
        raise TraceError(f"{path}: no such file")
    module = importlib.util.module_from_spec(spec)
    sys.modules["touchstone_model"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    if not hasattr(module, function):
        raise TraceError(f"{path}: has no function {function}")
    return getattr(module, function)(**(sizes_of(model_file) if model_file else {}))


def from_transformers(what):
    """A model that transformers' save_pretrained has written, or one that it knows by name."""
    kinds = {"gpt2": ("GPT2Config", "GPT2LMHeadModel"),
             "openai-gpt": ("OpenAIGPTConfig", "OpenAIGPTLMHeadModel")}
    try:
        import transformers
        kind = transformers.PretrainedConfig.get_config_dict(what)[0].get("model_type")
        if kind not in kinds:
            raise TraceError(f"{what}: its model_type is {kind}: {' or '.join(kinds)} is needed")
        config, model = (getattr(transformers, name) for name in kinds[kind])
        config = config.from_pretrained(what)
        config._attn_implementation = "eager"  # the one that shows scores and pattern
        return model.from_pretrained(what, config=config)
    except (ImportError, OSError, ValueError) as error:
        raise TraceError(f"{what}: is no FILE.py:FUNCTION, and transformers cannot load it: "
                         f"{reason(error)}") from error


def main():
    parser = argparse.ArgumentParser(
        description="Runs a PyTorch model on the tokens of a golden and writes a trace of it.")
    parser.add_argument("what", metavar="MODEL", help="FILE.py:FUNCTION, a function that returns "
                        "the model; or a folder of transformers' save_pretrained")
    parser.add_argument("--model", metavar="M", help="a model file: its sizes are FUNCTION's "
                        "arguments (family, n_layer, n_head, d_model, d_ff, n_ctx, n_vocab, "
                        "ln_eps), and its weights are loaded")
    parser.add_argument("--input", metavar="G", required=True, help="a golden or trace")
    parser.add_argument("-o", metavar="TRACE", dest="out", required=True)
    parser.add_argument("--dtype", choices=("float32", "float64"), default="float32")
    parser.add_argument("--name", help="the model's name, for people")
    given = parser.parse_args()
    sys.dont_write_bytecode = True  # beside FILE.py
    warnings.showwarning = lambda message, *_: print(f"touchstone_trace: {message}",
                                                     file=sys.stderr)
    try:
        tokens, targets = input_of(given.input)
        model = build(given.what, given.model).to(getattr(torch, given.dtype)).eval()
        if given.model:
            load(model, given.model)
        trace = write(given.out, model, tokens, targets, name=given.name)
    except TraceError as error:
        print(f"touchstone_trace: {error}", file=sys.stderr)
        return 2
    missing = trace.unseen()
    print(f"{given.out}: {len(trace.tensors)} tensors and {len(trace.gradients())} gradients of "
          f"weights, by {type(model).__name__} in {given.dtype}")
    if missing:
        print("not seen: " + " ".join(missing))
    return 0


if __name__ == "__main__":
    sys.exit(main())
