"""dump_npz.py: some tensors of a model, saved with numpy under the names of a trace.

    python3 dump_npz.py MODEL_FILE GOLDEN OUT.npz

The model is nano_gpt.py beside it; the weights and the tokens are those of Touchstone's files.
Of each block only the output is saved, and the logits. docs/trace-from-pytorch.md runs it.
"""
import sys

import numpy as np
import torch

sys.path.append("ref")
import touchstone_trace  # noqa: E402  (reads the model file and the golden)
from nano_gpt import build  # noqa: E402


def main(model_file, golden, out):
    sizes = touchstone_trace.sizes_of(model_file)
    model = build(**sizes)
    touchstone_trace.load(model, model_file)
    tokens, _ = touchstone_trace.input_of(golden)
    dump = {"input/tokens": tokens}

    def saver(name):
        def save(module, inputs, output):
            dump[name] = output.detach().numpy()
        return save

    for layer, block in enumerate(model.transformer["h"]):
        block.register_forward_hook(saver(f"forward/h.{layer}/resid_post"))
    model.lm_head.register_forward_hook(saver("forward/logits"))
    with torch.no_grad():
        model.eval()(torch.as_tensor(tokens, dtype=torch.long))
    np.savez(out, **dump)


main(*sys.argv[1:])
