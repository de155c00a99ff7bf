"""The files of fixtures/foreign/: right by the file formats, yet written as ours never are.

Other programs choose other types, layouts and strings. Each file here has several such
oddities, and a reader has to understand it as it does our own. FILES says what is odd, fill()
writes it by plain h5py. Weights and tokens are those of a case of cases.toml. Each model has a
golden of its own, since its weights and its ln_eps are rounded otherwise than the case's.
"""
import functools
import itertools
import os
import re
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field

import h5py
import numpy as np

import cases
import files
import gpt

FOLDER = "foreign"

# The case of each model here and its ln_eps. Traces belong to cases.
MODELS = {
    "gpt2-float64": ("gpt2-pocket", np.array(1e-5, ">f8")),
    "gpt1-float16": ("gpt1-one-layer", np.array(1e-5, "<f2")),
    "gpt1-wide-ints": ("gpt1-pocket", np.array(0, ">i8")),
    "gpt2-narrow-ints": ("gpt2-pocket", np.array(1e-5, "<f4")),
}

WIDE = (">i8", "<u8", ">u4", "<u4", ">i4")
NARROW = ("i1", "u1", "<u2", ">i2", ">u2", "<i2")
OLD, NEW = ({"libver": (version, "v110")} for version in ("earliest", "v110"))
TERMINATED, PADDED, SPACES = h5py.h5t.STR_NULLTERM, h5py.h5t.STR_NULLPAD, h5py.h5t.STR_SPACEPAD

# What a file leaves out, as a pattern of names of datasets.
BACKWARD = "^(backward|grad)/"
NO_TARGETS = f"{BACKWARD}|^input/targets|/loss"


@dataclass(frozen=True)
class File:
    """How a file is written. What is not given is as plain h5py has it."""
    name: str                  # up to the first dot that of a model here, or of a case
    floats: str                # type of the weights or tensors
    ints: tuple                # types of sizes, or of tokens and targets, taken in turn
    text: object               # 'utf-8' or 'ascii': of variable length; else how it is padded
    shape: tuple = ()          # of every attribute
    loss: tuple = ()           # shape of /forward/loss
    f32: str = ""              # type of the f32_ attributes, if there are any
    without: str = "^$"        # leaves out these datasets
    every: int = 1             # 2: of the tensors every second one is left out
    extra: bool = False        # has attributes and a group that the formats do not know
    layout: dict = field(default_factory=dict)   # of every dataset but scalars, for h5py
    opening: dict = field(default_factory=dict)  # of the file, for h5py

    @property
    def stem(self):
        return self.name.split(".")[0]


FILES = (
    # As a program in double precision would: no chunks, no filters, the oldest file format.
    # Here as in all models and goldens, the model's name is not ASCII.
    File("gpt2-float64.model", "<f8", WIDE, "utf-8", opening=OLD),
    File("gpt2-float64.golden", "<f8", (">i8", ">i2"), "utf-8", loss=(1,), opening=OLD),
    # As a program that saves memory would, with room for another header before the file. The
    # golden has no gradients.
    File("gpt1-float16.model", ">f2", NARROW, PADDED, opening={"userblock_size": 512}),
    File("gpt1-float16.golden", "<f8", ("u1", "<i2"), PADDED, f32=">f8", without=BACKWARD,
         extra=True, opening=NEW, layout={"compression": 9, "shuffle": True}),
    # As a program on a big-endian machine, or in Fortran, would. The model's datasets lie in
    # several chunks and may grow, and ln_eps is the integer 0. The golden holds every second
    # tensor.
    File("gpt1-wide-ints.model", ">f4", WIDE, SPACES, extra=True, opening=NEW,
         layout={"chunks": "parts", "maxshape": "unlimited"}),
    File("gpt1-wide-ints.golden", ">f8", ("<i2", ">i8"), SPACES, f32="<f4", every=2,
         opening=NEW, layout={"chunks": True, "fletcher32": True}),
    # As a program that has nothing but arrays would. The golden was made without targets, so
    # it has neither loss nor gradients.
    File("gpt2-narrow-ints.model", "<f4", NARROW, TERMINATED, (1,), extra=True, opening=NEW,
         layout={"compression": 1}),
    File("gpt2-narrow-ints.golden", "<f8", (">u2",), TERMINATED, (1,), f32="<f4",
         without=NO_TARGETS, opening=NEW),
    # Traces, to be compared with the golden of the case. They are its tensors, rounded.
    File("gpt1-one-head.single.trace", "<f4", ("u1", "i1"), "ascii", opening=NEW,
         without=f"{BACKWARD}|mlp_"),
    File("gpt2-pocket.swapped.trace", ">f4", (), "utf-8", loss=(1,), without="^input/",
         extra=True, opening=NEW, layout={"compression": 9, "fletcher32": True}),
    File("gpt2-one-layer.gaps.trace", "<f4", ("<u8", ">i4"), SPACES, (1,), opening=OLD,
         without=f"{BACKWARD}|scores|pattern|/[kvz]|_out|mlp_|ln_|mid|pos_embed",
         layout={"chunks": "parts", "shuffle": True, "compression": 1}),
)


def named(name):
    """The files that a name stands for: one of them, all of a stem, or all."""
    return [file for file in FILES if name == FOLDER or (file.name + ".").startswith(name + ".")]


# ---- what they hold

@functools.cache
def model_of(stem):
    """The model, its tokens and its targets; of a trace, those of the case.

    The weights of the pocket are round decimals, and so they are in full as float64: no
    float32 holds 0.37, so a reader that takes it for one is off.
    """
    if stem not in MODELS:
        return cases.make(cases.load()[stem])
    case, ln_eps = MODELS[stem]
    model, tokens, targets = cases.make(cases.load()[case])
    model.name = stem.replace("-", "·")  # not ASCII
    model.source = f"{case} in other types, ref/foreign.py"
    model.ln_eps = float(ln_eps)
    floats = named(stem + ".model")[0].floats
    for name, weight in model.weights.items():
        if floats == "<f8":
            model.weights[name] = np.round(weight.astype(np.float64), 2)
        else:
            model.weights[name] = weight.astype(floats).astype(np.float32)
    return model, tokens, targets


@functools.cache
def trace_of(stem):
    """All tensors and their float32 errors."""
    model, tokens, targets = model_of(stem)
    trace = gpt.trace(model, tokens, targets)
    return trace, gpt.errors(model, tokens, targets, trace)


# ---- writing

def write(path, file):
    files.write(path, lambda h5: fill(h5, file),
                lambda temporary: h5py.File(temporary, "w", **file.opening))


def fill(h5, file):
    form = "model" if file.name.endswith(".model") else "trace"
    ints = itertools.cycle(file.ints or ["<i4"])
    attribute(h5, file, "format", f"touchstone-{form}")
    attribute(h5, file, "format_version", files.VERSION, (*file.ints, "<i4")[0])
    attribute(h5, file, "family", model_of(file.stem)[0].family)
    (fill_model if form == "model" else fill_trace)(h5, file, ints)
    if file.extra:
        h5.attrs["created"] = ["2001-02-03", "by hand"]
        h5.attrs["nothing"] = h5py.Empty("<f4")
        h5["notes/lines"] = np.array(["not", "known"], dtype=h5py.string_dtype())
        h5["notes"].attrs["draft"] = True


def fill_model(h5, file, ints):
    model = model_of(file.stem)[0]
    attribute(h5, file, "name", model.name)
    attribute(h5, file, "source", model.source)
    ln_eps = MODELS[file.stem][1]
    attribute(h5, file, "ln_eps", ln_eps, ln_eps.dtype)
    for size in files.SIZES:
        attribute(h5, file, size, getattr(model, size), next(ints))
    for name, weight in model.weights.items():
        dataset(h5, file, "weights/" + name, weight.astype(file.floats))
    if model.tokenizer:
        attribute(h5.create_group("tokenizer"), file, "kind", model.tokenizer.kind)
        for name in ("vocab", "merges"):
            joined, offsets = files.bytes_and_offsets(getattr(model.tokenizer, name))
            dataset(h5, file, f"tokenizer/{name}", joined)
            dataset(h5, file, f"tokenizer/{name}_offsets", offsets.astype(next(ints)))


def fill_trace(h5, file, ints):
    model, tokens, targets = model_of(file.stem)
    trace, errors = trace_of(file.stem)
    attribute(h5, file, "model", model.name)
    attribute(h5, file, "producer", "ref/foreign.py")
    held = {"input/tokens": tokens.astype(next(ints)), "input/targets": targets.astype(next(ints))}
    for name in list(trace)[::file.every]:
        held[name] = trace[name].astype(file.floats)
    for name, array in held.items():
        if re.search(file.without, name):
            continue
        made = dataset(h5, file, name, array.reshape(file.loss) if name.endswith("loss") else array)
        if file.extra:
            made.attrs["unit"] = "none"
        for key, value in errors.get(name, {}).items() if file.f32 else ():
            attribute(made, file, key, value, file.f32)


def attribute(place, file, name, value, kind=None):
    if isinstance(value, str) and isinstance(file.text, str):
        kind = h5py.string_dtype(file.text)
    elif isinstance(value, str):
        value = value.encode()
        fixed = h5py.h5t.C_S1.copy()
        fixed.set_size(len(value) + 5)
        fixed.set_strpad(file.text)
        fixed.set_cset(h5py.h5t.CSET_UTF8)
        kind = h5py.Datatype(fixed)
    value = np.full(file.shape, value, object if isinstance(value, str) else None)
    place.attrs.create(name, value, dtype=kind)


def dataset(h5, file, name, array):
    layout = dict(file.layout) if array.ndim else {}
    if layout.get("chunks") == "parts":
        layout["chunks"] = tuple((size + 1) // 2 for size in array.shape)
    if "maxshape" in layout:
        layout["maxshape"] = (None,) + array.shape[1:]
    return h5.create_dataset(name, data=array, **layout)


# ---- comparing

@contextmanager
def made_again(file):
    """The file as it would be written now, open."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "made.h5")
        write(path, file)
        with h5py.File(path) as h5:
            yield h5


def same_form(path, made, found):
    """Refuses other names, types, shapes, layouts or values; tensors may have other values."""
    items = [listed(made), listed(found)]
    if odd := sorted(set(items[0]) ^ set(items[1])):
        raise files.FileError(f"{path}: /{odd[0]} is missing or too many")
    for name, ours in items[0].items():
        theirs = items[1][name]
        if isinstance(ours, h5py.Dataset):
            same(path, f"/{name}", form(ours), form(theirs))
            if name.split("/")[0] not in files.GROUPS:
                same(path, f"/{name}", ours[()], theirs[()])
        same(path, f"the list of attributes of /{name}", sorted(ours.attrs), sorted(theirs.attrs))
        for key in ours.attrs:
            what = f"{key} of /{name}"
            same(path, what, *(form(item.attrs.get_id(key)) for item in (ours, theirs)))
            if not key.startswith("f32_"):
                same(path, what, ours.attrs[key], theirs.attrs[key])


def listed(h5):
    """Every group and dataset by its name; the root's is empty."""
    found = {"": h5}
    h5.visititems(found.__setitem__)
    return found


def form(item):
    """Type and shape of a dataset or attribute, and a dataset's layout."""
    if not isinstance(item, h5py.Dataset):
        return item.get_type(), item.shape
    return (item.id.get_type(), item.shape, item.maxshape, item.chunks,
            item.compression, item.compression_opts, item.shuffle, item.fletcher32)


def same(path, what, made, found):
    if not (made == found if isinstance(made, (tuple, list)) else np.array_equal(made, found)):
        raise files.FileError(f"{path}: {what} is not what was made again")


def golden_in(h5):
    """The tensors of a golden or trace and their errors, all in float64."""
    golden = files.Golden("", "", "", None, None, {}, {})
    for name, item in listed(h5).items():
        if isinstance(item, h5py.Dataset) and name.split("/")[0] in files.GROUPS:
            golden.trace[name] = np.array(item, np.float64)
            golden.errors[name] = {key: float(value) for key, value in item.attrs.items()
                                   if key.startswith("f32_")}
    return golden


def bar(file):
    """How far a tensor made again may be off: where the last bit falls otherwise."""
    return 1e-12 if file.floats.endswith("f8") else 2.0 ** -23
