"""The files of fixtures/published/: small models, in the very formats in which GPT-1 and GPT-2
are published.

The weights are those of committed models. FOLDERS says which model each folder holds and how:
  - as HuggingFace does (transformers' save_pretrained): model.safetensors, or several and an
    index, with config.json, and vocab.json and merges.txt where the model has a tokenizer;
  - as OpenAI published GPT-1 (finetune-transformer-lm a69b5c4, train.py lines 404 to 411):
    ten pieces of one row of numbers, params_shapes.json and the tokenizer's two files.
Only numpy and json are needed for the formats themselves; the models are read by files.py.
Without --write the files are made again and compared, byte for byte.
"""
import argparse
import io
import json
import os
import sys
from dataclasses import dataclass

import numpy as np

import files

PROGRAM = "ref/published.py"
FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures")
PIECES = 10


@dataclass(frozen=True)
class Folder:
    model: str            # of fixtures/
    form: str = "F32"     # dtype of the weights in safetensors, or "pieces"
    prefix: str = ""      # before every name of the model's own
    masks: str = ""       # dtype in which the causal masks are stored, if they are
    head: bool = False    # lm_head.weight is stored, too
    shards: int = 1


FOLDERS = {
    # As openai-community/gpt2: float32, no prefix, the masks beside the weights.
    "gpt2-pocket": Folder("gpt2-pocket", masks="F32"),
    # As a fine-tuned model that was saved whole.
    "gpt2-wide-f16": Folder("gpt2-wide", "F16", "transformer.", masks="BOOL", head=True),
    "gpt2-batch3-bf16": Folder("gpt2-batch3", "BF16", "transformer.", shards=2),
    # As openai-community/openai-gpt.
    "gpt1-pocket": Folder("gpt1-pocket", masks="F32"),
    "gpt1-pocket-pieces": Folder("gpt1-pocket", "pieces"),
    "gpt1-batch3-pieces": Folder("gpt1-batch3", "pieces"),
}


def bfloat16(array):
    """The upper half of a float32, rounded to the nearest, ties to even."""
    bits = array.astype("<f4").view("<u4").astype(np.uint64)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2")


STORE = {"F32": lambda x: x.astype("<f4"), "F16": lambda x: x.astype("<f2"), "BF16": bfloat16,
         "BOOL": lambda x: x.astype("?")}


# ---- HuggingFace

def names(family):
    """What HuggingFace calls the weights that it does not call as we do."""
    if family == "gpt1":
        return {"wte": "tokens_embed.weight", "wpe": "positions_embed.weight"}
    return {"wte": "wte.weight", "wpe": "wpe.weight"}


def tensors(model, folder):
    """Name -> (dtype, array) of everything that is stored."""
    theirs = names(model.family)
    found = {folder.prefix + theirs.get(name, name): (folder.form, model.weights[name])
             for name in files.weight_shapes(model)}
    if folder.masks:
        mask = np.tril(np.ones((1, 1, model.n_ctx, model.n_ctx), np.float32))
        for layer in range(model.n_layer):
            at = f"{folder.prefix}h.{layer}.attn."
            found[at + "bias"] = folder.masks, mask
            if folder.head:
                found[at + "masked_bias"] = folder.form, np.array(-1e4, np.float32)
    if folder.head:
        found["lm_head.weight"] = folder.form, model.weights["wte"]
    return found


def safetensors(found):
    """The bytes of a file. Wide numbers come first, so that all are aligned; then by name."""
    stored = {name: (dtype, STORE[dtype](array)) for name, (dtype, array) in found.items()}
    order = sorted(stored, key=lambda name: (-stored[name][1].itemsize, name))
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name in order:
        dtype, array = stored[name]
        header[name] = {"dtype": dtype, "shape": list(array.shape),
                        "data_offsets": [at, at + array.nbytes]}
        at += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(
        stored[name][1].tobytes() for name in order)


def config(model):
    sizes = {"n_embd": model.d_model, "n_head": model.n_head, "n_layer": model.n_layer,
             "n_positions": model.n_ctx, "vocab_size": model.n_vocab}
    if model.family == "gpt1":
        return {"afn": "gelu", "architectures": ["OpenAIGPTLMHeadModel"], "attn_pdrop": 0.1,
                "embd_pdrop": 0.1, "initializer_range": 0.02,
                "layer_norm_epsilon": model.ln_eps, "model_type": "openai-gpt",
                "n_ctx": model.n_ctx, "n_special": 0, "predict_special_tokens": True,
                "resid_pdrop": 0.1, **sizes}
    inner = None if model.d_ff == 4 * model.d_model else model.d_ff
    return {"activation_function": "gelu_new", "architectures": ["GPT2LMHeadModel"],
            "attn_pdrop": 0.1, "bos_token_id": 0, "embd_pdrop": 0.1, "eos_token_id": 0,
            "initializer_range": 0.02, "layer_norm_epsilon": model.ln_eps,
            "model_type": "gpt2", "n_inner": inner, "resid_pdrop": 0.1,
            "scale_attn_weights": True, "tie_word_embeddings": True, **sizes}


def huggingface(model, folder):
    """File name -> bytes."""
    found = tensors(model, folder)
    made = {"config.json": (json.dumps(config(model), indent=2, sort_keys=True) + "\n").encode()}
    if model.tokenizer:
        made["vocab.json"], made["merges.txt"] = tokenizer_files(model.tokenizer)
    if folder.shards == 1:
        made["model.safetensors"] = safetensors(found)
        return made
    weight_map, cut = {}, np.array_split(np.array(list(found)), folder.shards)
    for number, part in enumerate(cut, 1):
        name = f"model-{number:05}-of-{folder.shards:05}.safetensors"
        made[name] = safetensors({str(key): found[str(key)] for key in part})
        weight_map.update({str(key): name for key in part})
    size = sum(STORE[dtype](array).nbytes for dtype, array in found.values())
    index = {"metadata": {"total_size": size}, "weight_map": weight_map}
    made["model.safetensors.index.json"] = (json.dumps(index, indent=2) + "\n").encode()
    return made


def tokenizer_files(tokenizer):
    vocab = json.dumps({token: number for number, token in enumerate(tokenizer.vocab)})
    merges = "#version: 0.2\n" + "".join(merge + "\n" for merge in tokenizer.merges)
    return vocab.encode(), merges.encode()


# ---- OpenAI

BLOCK = ("attn.c_attn", "attn.c_proj", "ln_1", "mlp.c_fc", "mlp.c_proj", "ln_2")


def pieces(model):
    """File name -> bytes. A linear map is a convolution of width 1: [1, in, out]."""
    order = ["wpe", "wte"] + [f"h.{layer}.{part}.{kind}" for layer in range(model.n_layer)
                              for part in BLOCK for kind in ("weight", "bias")]
    arrays = [model.weights[name] for name in order]
    shapes = [([1] if name.startswith("h.") and array.ndim == 2 else []) + list(array.shape)
              for name, array in zip(order, arrays)]
    row = np.concatenate([array.ravel() for array in arrays]).astype("<f4")
    made = {"params_shapes.json": json.dumps(shapes).encode()}
    for number, piece in enumerate(np.array_split(row, PIECES)):
        file = io.BytesIO()
        np.save(file, piece)
        made[f"params_{number}.npy"] = file.getvalue()
    if model.tokenizer:
        made["encoder_bpe_40000.json"], made["vocab_40000.bpe"] = tokenizer_files(model.tokenizer)
    return made


# ---- the command

def make(folder):
    model = files.read_model(os.path.join(FIXTURES, folder.model + ".model.h5"))
    return pieces(model) if folder.form == "pieces" else huggingface(model, folder)


def write(path, content):
    part = f"{path}.part-{os.getpid()}"
    with open(part, "wb") as file:
        file.write(content)
    os.replace(part, path)


def compare(path, content):
    try:
        with open(path, "rb") as file:
            found = file.read()
    except OSError as error:
        print(f"FAIL  {path}: {error.strerror}: run {PROGRAM} --write")
        return False
    if found != content:
        print(f"FAIL  {path}: made again it is another")
    return found == content


def main():
    parser = argparse.ArgumentParser(prog=PROGRAM, description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the files")
    given = parser.parse_args()
    passed = failed = 0
    try:
        for name, folder in FOLDERS.items():
            made = make(folder)
            where = os.path.join(FIXTURES, "published", name)
            if given.write:
                os.makedirs(where, exist_ok=True)
                for file, content in made.items():
                    write(os.path.join(where, file), content)
                print(f"wrote {name}: {len(made)} files, {sum(map(len, made.values()))} bytes")
                continue
            right = sum(compare(os.path.join(where, file), content)
                        for file, content in made.items())
            if right == len(made):
                print(f"PASS  published/{name:<20} {right} files, equal")
            passed, failed = passed + right, failed + len(made) - right
    except (OSError, files.FileError) as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 2
    if not given.write:
        print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
