"""Model, golden and training files: the one place of ref/ that knows HDF5.

Writes and reads format version 1 of each format (docs: the file formats). A file that is
written appears whole or not at all, and the same content always makes the same bytes: no
times are stored, and the format of HDF5 1.10 is fixed, whose metadata carries checksums.
What the tensors mean is left to gpt.py, what is drawn to cases.py.

A trace here is a plain dict from 'forward/...', 'backward/...' and 'grad/...' to an array; that
of a training file is one from 'rate', 'loss', 'norm' and 'after/...'.
"""
import ctypes
import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field

import h5py
import numpy as np

VERSION = 1
SIZES = ("n_layer", "n_head", "d_model", "d_ff", "n_ctx", "n_vocab")
GROUPS = ("forward", "backward", "grad")
SETTINGS = ("rate", "beta1", "beta2", "eps", "decay", "clip", "warmup", "total", "min_rate")
COUNTS = ("warmup", "total")  # of the settings, those that are integers
# HDF5's default chunk cache holds 1 MiB: a larger chunk would be unpacked once a row.
CHUNK_BYTES = 1 << 20
MOST = 65535  # names or attributes that HDF5 lets a header hold


class FileError(Exception):
    """One line that names the file and says what is wrong with it."""


@dataclass
class Tokenizer:
    kind: str
    vocab: list   # of str, in id order
    merges: list  # of str 'left right', in rank order


@dataclass
class Model:
    family: str
    name: str
    n_layer: int
    n_head: int
    d_model: int
    d_ff: int
    n_ctx: int
    n_vocab: int
    ln_eps: float = 1e-5
    source: str = ""
    weights: dict = field(default_factory=dict)  # float32 arrays; of a float64 file, float64
    tokenizer: Tokenizer = None


@dataclass
class Golden:
    family: str
    model: str
    producer: str
    tokens: np.ndarray   # [B, T]
    targets: np.ndarray  # [B, T]
    trace: dict          # float64 arrays
    errors: dict         # tensor name -> {'f32_chain_rms': ..., ...}


@dataclass
class Training:
    model: str           # the file of the model that the run begins with
    optimiser: str       # 'adamw' or 'openai-adam'
    settings: dict       # by the names of SETTINGS
    producer: str
    tokens: np.ndarray   # [steps, B, T]
    targets: np.ndarray  # [steps, B, T]
    trace: dict          # float64 arrays
    errors: dict         # tensor name -> {'f32_rms': ..., 'f32_max': ...}


def weight_shapes(model):
    """The weights of a model with their shapes, in the order of the file format."""
    C, F = model.d_model, model.d_ff
    shapes = {"wte": (model.n_vocab, C), "wpe": (model.n_ctx, C)}
    for layer in range(model.n_layer):
        block = {
            "ln_1.weight": (C,), "ln_1.bias": (C,),
            "attn.c_attn.weight": (C, 3 * C), "attn.c_attn.bias": (3 * C,),
            "attn.c_proj.weight": (C, C), "attn.c_proj.bias": (C,),
            "ln_2.weight": (C,), "ln_2.bias": (C,),
            "mlp.c_fc.weight": (C, F), "mlp.c_fc.bias": (F,),
            "mlp.c_proj.weight": (F, C), "mlp.c_proj.bias": (C,),
        }
        shapes.update({f"h.{layer}.{name}": shape for name, shape in block.items()})
    if model.family == "gpt2":
        shapes.update({"ln_f.weight": (C,), "ln_f.bias": (C,)})
    return shapes


# ---- writing

def write_model(path, model):
    def fill(file):
        attribute(file, "format", "touchstone-model")
        attribute(file, "format_version", VERSION)
        attribute(file, "family", model.family)
        attribute(file, "name", model.name)
        for size in SIZES:
            attribute(file, size, getattr(model, size))
        attribute(file, "ln_eps", float(model.ln_eps))
        attribute(file, "source", model.source)
        for name in weight_shapes(model):
            dataset(file, "weights/" + name, model.weights[name].astype("<f4"))
        if model.tokenizer:
            attribute(group(file, "tokenizer"), "kind", model.tokenizer.kind)
            string_table(file, "tokenizer/vocab", model.tokenizer.vocab)
            string_table(file, "tokenizer/merges", model.tokenizer.merges)
    write(path, fill)


def write_golden(path, golden):
    def fill(file):
        attribute(file, "format", "touchstone-trace")
        attribute(file, "format_version", VERSION)
        attribute(file, "family", golden.family)
        attribute(file, "model", golden.model)
        attribute(file, "producer", golden.producer)
        dataset(file, "input/tokens", golden.tokens.astype("<i4"))
        dataset(file, "input/targets", golden.targets.astype("<i4"))
        write_trace(file, golden)
    write(path, fill)


def write_training(path, golden):
    def fill(file):
        attribute(file, "format", "touchstone-training")
        attribute(file, "format_version", VERSION)
        attribute(file, "model", golden.model)
        attribute(file, "producer", golden.producer)
        attribute(file, "optimiser", golden.optimiser)
        for name in SETTINGS:
            attribute(file, name, golden.settings[name])
        dataset(file, "batches/tokens", golden.tokens.astype("<i4"))
        dataset(file, "batches/targets", golden.targets.astype("<i4"))
        write_trace(file, golden)
    write(path, fill)


def write_trace(file, golden):
    for name, tensor in golden.trace.items():
        written = dataset(file, name, tensor.astype("<f8"))
        for key, value in golden.errors.get(name, {}).items():
            attribute(written, key, float(value))


def write(path, fill, create=None):
    """Fills a new file under a temporary name, which takes its own name when it is whole."""
    folder = os.path.dirname(os.path.abspath(path))
    if os.path.isdir(path):
        raise FileError(f"{path}: is a folder: name a file to write")
    try:
        handle, temporary = tempfile.mkstemp(prefix=".touchstone-", suffix=".tmp", dir=folder)
        os.close(handle)
    except OSError as error:
        raise FileError(f"{path}: cannot be written: {reason(error)}") from error
    try:
        with (create or new_file)(temporary) as file:
            fill(file)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except (OSError, RuntimeError) as error:
        raise FileError(f"{path}: cannot be written: {reason(error)}") from error
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def new_file(path):
    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    access.set_libver_bounds(h5py.h5f.LIBVER_V110, h5py.h5f.LIBVER_V110)
    creation = compact(h5py.h5p.create(h5py.h5p.FILE_CREATE))
    return h5py.File(h5py.h5f.create(os.fsencode(path), h5py.h5f.ACC_TRUNC, creation, access))


def group(file, path):
    """The group at path, made with those above it where missing; the file itself at ''."""
    here = file
    for part in filter(None, path.split("/")):
        if part not in here:
            creation = compact(h5py.h5p.create(h5py.h5p.GROUP_CREATE))
            h5py.h5g.create(here.id, part.encode(), None, creation)
        here = here[part]
    return here


def compact(creation):
    """Keeps names and attributes in the header, which has a checksum, and stores no times.

    More than 8 of them would go to a heap whose blocks have none: HDF5 1.10.8 crashes where
    one of those is damaged. h5py does not show the function for names, but holds the library.
    """
    creation.set_obj_track_times(False)
    creation.set_attr_phase_change(MOST, MOST)
    library = ctypes.CDLL(h5py.h5p.__file__)
    library.H5Pset_link_phase_change.argtypes = ctypes.c_int64, ctypes.c_uint, ctypes.c_uint
    if library.H5Pset_link_phase_change(creation.id, MOST, MOST) < 0:
        raise OSError("HDF5 refuses H5Pset_link_phase_change")
    return creation


def dataset(file, path, array):
    """Scalars can have no filters; within the header they have a checksum all the same."""
    folder, _, name = path.rpartition("/")
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_obj_track_times(False)
    if array.ndim:
        creation.set_chunk(chunk_shape(array))
        creation.set_shuffle()
        creation.set_deflate(9)
        creation.set_fletcher32()
    else:
        creation.set_layout(h5py.h5d.COMPACT)
    kind = h5py.h5t.py_create(array.dtype)
    space = h5py.h5s.create_simple(array.shape) if array.ndim else h5py.h5s.create(h5py.h5s.SCALAR)
    created = h5py.h5d.create(group(file, folder).id, name.encode(), kind, space, creation)
    made = h5py.Dataset(created)
    made[...] = array
    return made


def chunk_shape(array):
    """The whole array, or as many of its last dimensions as fit into a chunk."""
    chunk = [max(1, size) for size in array.shape]
    for axis in range(array.ndim):
        rest = array.itemsize * int(np.prod(chunk[axis + 1:], dtype=np.int64))
        if rest * chunk[axis] <= CHUNK_BYTES:
            break
        chunk[axis] = max(1, CHUNK_BYTES // rest)
    return tuple(chunk)


def attribute(place, name, value):
    """Strings have a fixed length: no checksum covers those of variable length."""
    if isinstance(value, str):
        text = value.encode()
        place.attrs.create(name, text, dtype=h5py.string_dtype("utf-8", max(1, len(text))))
    else:
        place.attrs.create(name, value, dtype="<f8" if isinstance(value, float) else "<i8")


def string_table(file, path, strings):
    joined, offsets = bytes_and_offsets(strings)
    dataset(file, path, joined)
    dataset(file, path + "_offsets", offsets.astype("<i8"))


def bytes_and_offsets(strings):
    """Entry i is bytes offsets[i] up to offsets[i + 1]."""
    entries = [text.encode() for text in strings]
    offsets = np.cumsum([0] + [len(entry) for entry in entries])
    return np.frombuffer(b"".join(entries), dtype=np.uint8), offsets


# ---- reading

def read_model(path):
    with opened(path, "touchstone-model") as file:
        sizes = {size: int(wanted(path, file, size)) for size in SIZES}
        model = Model(text(wanted(path, file, "family")), text(wanted(path, file, "name")),
                      **sizes, ln_eps=float(wanted(path, file, "ln_eps")),
                      source=text(wanted(path, file, "source")))
        check_sizes(path, model)
        for name, shape in weight_shapes(model).items():
            weight = read(path, file, "weights/" + name)
            if weight.dtype.kind != "f" or weight.shape != shape:
                raise FileError(f"{path}: /weights/{name} is {weight.dtype} "
                                f"{list(weight.shape)}: floats of shape {list(shape)} expected")
            if not np.isfinite(weight).all():
                raise FileError(f"{path}: /weights/{name} holds numbers that are not finite")
            wide = weight.dtype.itemsize > 4  # a golden is of the very weights in the file
            model.weights[name] = weight.astype(np.float64 if wide else np.float32)
        if "tokenizer" in file:
            kind = text(wanted(path, file["tokenizer"], "kind"))
            model.tokenizer = Tokenizer(kind, strings(path, file, "tokenizer/vocab"),
                                        strings(path, file, "tokenizer/merges"))
    return model


def check_sizes(path, model):
    if model.family not in ("gpt1", "gpt2"):
        raise FileError(f"{path}: unknown family '{model.family}': gpt1 or gpt2 expected")
    for size in SIZES:
        if getattr(model, size) < 1:
            raise FileError(f"{path}: {size} is {getattr(model, size)}: must be at least 1")
    if model.d_model % model.n_head:
        raise FileError(f"{path}: d_model {model.d_model} is no multiple of "
                        f"n_head {model.n_head}")


def read_golden(path):
    with opened(path, "touchstone-trace") as file:
        return Golden(text(wanted(path, file, "family")), text(wanted(path, file, "model")),
                      text(wanted(path, file, "producer")),
                      read(path, file, "input/tokens"), read(path, file, "input/targets"),
                      *read_trace(path, file, GROUPS))


def read_training(path):
    with opened(path, "touchstone-training") as file:
        settings = {name: (int if name in COUNTS else float)(wanted(path, file, name))
                    for name in SETTINGS}
        return Training(text(wanted(path, file, "model")), text(wanted(path, file, "optimiser")),
                        settings, text(wanted(path, file, "producer")),
                        read(path, file, "batches/tokens"), read(path, file, "batches/targets"),
                        *read_trace(path, file, ("rate", "loss", "norm", "after")))


def read_trace(path, file, parts):
    """The datasets whose names begin with one of the parts, and their f32_ attributes."""
    names, trace, errors = [], {}, {}
    file.visititems(lambda name, item: names.append(name)
                    if isinstance(item, h5py.Dataset) else None)
    for name in names:
        if name.split("/")[0] not in parts:
            continue
        trace[name] = np.asarray(read(path, file, name))
        attributes = {key: float(value) for key, value in file[name].attrs.items()
                      if key.startswith("f32_")}
        if attributes:
            errors[name] = attributes
    return trace, errors


@contextmanager
def opened(path, form):
    """The open file; whatever HDF5 or h5py says of it becomes one line with its name."""
    try:
        with h5py.File(path, "r") as file:
            found = text(wanted(path, file, "format"))
            if found != form:
                raise FileError(f"{path}: format is '{found}': '{form}' expected")
            version = int(wanted(path, file, "format_version"))
            if version != VERSION:
                raise FileError(f"{path}: format_version is {version}: only {VERSION} is known")
            yield file
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        if not os.path.exists(path):
            raise FileError(f"{path}: no such file") from error
        if os.path.isdir(path) or not os.access(path, os.R_OK):
            raise FileError(f"{path}: is a folder or may not be read") from error
        raise FileError(f"{path}: not an HDF5 file, or damaged: {reason(error)}") from error


def wanted(path, place, name):
    if name not in place.attrs:
        raise FileError(f"{path}: the attribute '{name}' is missing")
    value = place.attrs[name]
    return value[0] if np.shape(value) == (1,) else value


def read(path, file, name):
    if name not in file:
        raise FileError(f"{path}: /{name} is missing")
    return file[name][()]


def strings(path, file, name):
    joined = read(path, file, name).tobytes()
    offsets = read(path, file, name + "_offsets")
    return [joined[a:b].decode() for a, b in zip(offsets[:-1], offsets[1:])]


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def reason(error):
    """The short reason of an error: HDF5's own messages run over several lines."""
    return getattr(error, "strerror", None) or str(error).split("\n", maxsplit=1)[0]
