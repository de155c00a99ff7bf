"""The same tensors read out of HuggingFace transformers, where that is installed.

Its GPT2LMHeadModel or OpenAIGPTLMHeadModel is built from a configuration, given our weights
and run in float64, evaluation mode, on the CPU. Every tensor is taken from its own graph, by
forward hooks and retained gradients: nothing is computed as gpt.py computes it but the loss
(transformers shifts the targets itself and so could not be given ours).

Runs with 4.4 and is written to suit later versions: attention is asked to be "eager", and
what a version does not let us see is left out of the comparison, unless REQUIRED names it.
"""
import torch
import torch.nn.functional as functional

import gpt

# Of a tensor's rms. Rounding in float64 stays far below, another formula stands far above.
BAR = 1e-10
REQUIRED = ("resid_pre", "resid_mid", "resid_post", "ln_1", "ln_2", "ln_f", "attn_out",
            "mlp_pre", "mlp_post", "mlp_out", "logits", "loss")


class Unusable(Exception):
    """Why transformers cannot be used here, in one line."""


class Disagreement(Exception):
    """gpt.py and transformers differ, or a required tensor was not seen."""


def version():
    """The version of transformers; raises Unusable where there is none."""
    try:
        import transformers
        for name in ("GPT2LMHeadModel", "OpenAIGPTLMHeadModel"):
            getattr(transformers, name)  # loaded when first named, which may fail
    except ModuleNotFoundError as error:
        raise Unusable("transformers is not installed" if error.name == "transformers"
                       else f"transformers does not load: {first_line(error)}") from error
    except Exception as error:  # a broken installation may raise anything
        raise Unusable(f"transformers does not load: {first_line(error)}") from error
    return transformers.__version__


def first_line(error):
    return (str(error).strip() or type(error).__name__).split("\n", maxsplit=1)[0]


def compare(m, tokens, targets, exact):
    """Compares every tensor that can be seen; returns (how many, the worst error)."""
    version()
    try:
        found = trace(m, tokens, targets)
    except (AttributeError, IndexError, RuntimeError, TypeError) as error:
        raise Disagreement(f"{m.name}: transformers {version()} could not be watched: "
                           f"{first_line(error)}") from error
    unseen = [name for name in exact if name not in found
              and (name.startswith("grad/") or name.rpartition("/")[2] in REQUIRED)]
    if unseen:
        raise Disagreement(f"{m.name}: transformers {version()} does not show {unseen[0]}")
    worst = 0.0
    for name, tensor in found.items():
        scale = gpt.rms(exact[name])
        off = gpt.rms(tensor - exact[name])
        error = off / scale if scale else off
        if not error <= BAR:
            raise Disagreement(f"{m.name}: {name} differs from transformers {version()} by "
                               f"{error:.3g} of its rms: at most {BAR:g} is rounding")
        worst = max(worst, error)
    return len(found), worst


def trace(m, tokens, targets):
    """Forward, backward and grad tensors, named and shaped as in a golden."""
    model = build(m)
    watch = Watch()
    hooks = watch_gpt1 if m.family == "gpt1" else watch_gpt2
    hooks(watch, model.transformer)
    with watch:
        made = model(input_ids=torch.tensor(tokens, dtype=torch.int64), return_dict=True)
        watch.keep("logits", made.logits)
        loss = functional.cross_entropy(
            made.logits.flatten(0, 1), torch.tensor(targets, dtype=torch.int64).flatten(),
            ignore_index=-1)
        watch.keep("loss", loss)
        loss.backward()
    found = watch.tensors(m)
    for name, parameter in weights_of(model):
        found["grad/" + name] = parameter.grad
    return {name: gpt.array_of(tensor) for name, tensor in found.items()}


def build(m):
    import transformers
    sizes = dict(vocab_size=m.n_vocab, n_positions=m.n_ctx, n_embd=m.d_model,
                 n_layer=m.n_layer, n_head=m.n_head, layer_norm_epsilon=m.ln_eps,
                 resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0)
    if m.family == "gpt2":
        config = transformers.GPT2Config(
            n_inner=m.d_ff, n_ctx=m.n_ctx, activation_function="gelu_new", bos_token_id=0,
            eos_token_id=0, **sizes)
        kind = transformers.GPT2LMHeadModel
    elif m.d_ff == 4 * m.d_model:
        config = transformers.OpenAIGPTConfig(n_ctx=m.n_ctx, afn="gelu", **sizes)
        kind = transformers.OpenAIGPTLMHeadModel
    else:
        raise Unusable("transformers' GPT-1 has d_ff 4 d_model only")
    config._attn_implementation = "eager"  # what attn_implementation="eager" sets
    model = kind(config).double().eval()
    with torch.no_grad():
        for name, parameter in weights_of(model):
            parameter.copy_(torch.tensor(m.weights[name], dtype=torch.float64))
    model.tie_weights()
    return model


def weights_of(model):
    """The parameters under our names; the unembedding is tied, so it is no second one."""
    ours = {"tokens_embed.weight": "wte", "positions_embed.weight": "wpe",
            "wte.weight": "wte", "wpe.weight": "wpe"}
    for name, parameter in model.transformer.named_parameters():
        yield ours.get(name, name), parameter


class Watch:
    """Keeps tensors of a forward pass by name. Inside `with`, softmax is watched as well."""

    def __init__(self):
        self.kept = {}
        self.softmaxes = []  # (input, output) of each layer's attention, in order

    def __enter__(self):
        self.softmax = functional.softmax
        functional.softmax = self.watched_softmax
        return self

    def __exit__(self, *_):
        functional.softmax = self.softmax

    def watched_softmax(self, x, *arguments, **options):
        x.retain_grad()
        pattern = self.softmax(x, *arguments, **options)
        pattern.retain_grad()
        self.softmaxes.append((x, pattern))
        return pattern

    def keep(self, name, tensor):
        tensor.retain_grad()
        self.kept[name] = tensor

    def input_of(self, module, name):
        module.register_forward_hook(lambda _, given, made: self.keep(name, given[0]))

    def output_of(self, module, name):
        module.register_forward_hook(lambda _, given, made: self.keep(name, made))

    def tensors(self, m):
        """All that was kept, with gradients, in the shapes of a golden."""
        found = {}
        for name, tensor in self.kept.items():
            pair = {"forward/": tensor.detach(), "backward/": tensor.grad}
            for side, x in pair.items():
                if name.endswith("/qkv"):
                    for part, heads in zip("qkv", x.split(m.d_model, dim=2)):
                        found[side + name[:-3] + part] = split(heads, m.n_head)
                elif name == "pos_embed":
                    found[side + name] = x.reshape(x.shape[-2:])
                elif (side, name) != ("backward/", "loss"):
                    found[side + name] = x
        if len(self.softmaxes) == m.n_layer:
            for layer, (scores, pattern) in enumerate(self.softmaxes):
                for name, tensor in (("scores", scores), ("pattern", pattern)):
                    found[f"forward/h.{layer}/{name}"] = tensor.detach().tril()
                    found[f"backward/h.{layer}/{name}"] = tensor.grad.tril()
        return found


def split(x, n_head):
    B, T, C = x.shape
    return x.reshape(B, T, n_head, C // n_head).transpose(1, 2)


def watch_block(watch, block, at):
    """What both families share; tensors that a hook shows keep the graph's own identity."""
    watch.output_of(block.attn.c_attn, at + "qkv")
    watch.input_of(block.attn.c_proj, at + "z")
    watch.output_of(block.attn.c_proj, at + "attn_out")
    watch.output_of(block.ln_1, at + "ln_1")
    watch.output_of(block.ln_2, at + "ln_2")
    watch.output_of(block.mlp.c_fc, at + "mlp_pre")
    watch.input_of(block.mlp.c_proj, at + "mlp_post")
    watch.output_of(block.mlp.c_proj, at + "mlp_out")


def watch_gpt1(watch, transformer):
    watch.output_of(transformer.tokens_embed, "tok_embed")
    watch.output_of(transformer.positions_embed, "pos_embed")
    for layer, block in enumerate(transformer.h):
        at = f"h.{layer}/"
        watch_block(watch, block, at)
        watch.input_of(block.attn.c_attn, at + "resid_pre")
        watch.input_of(block.ln_1, at + "resid_mid")
        watch.input_of(block.ln_2, at + "resid_post")


def watch_gpt2(watch, transformer):
    watch.output_of(transformer.wte, "tok_embed")
    watch.output_of(transformer.wpe, "pos_embed")
    after = [block.ln_1 for block in transformer.h][1:] + [transformer.ln_f]
    for layer, (block, following) in enumerate(zip(transformer.h, after)):
        at = f"h.{layer}/"
        watch_block(watch, block, at)
        watch.input_of(block.ln_1, at + "resid_pre")
        watch.input_of(block.ln_2, at + "resid_mid")
        watch.input_of(following, at + "resid_post")
    watch.output_of(transformer.ln_f, "ln_f")
