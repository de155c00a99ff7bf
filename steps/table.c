/* table.c: the one table of tensors and weights, in the order of computation.
 *
 * Columns: name, shape, family, place, step, op, which output of the op; the
 * tensors it reads; the weights it reads; the field that holds it. What an op
 * computes stands in its step's source, what a name means in gpt.h. */
#include "table.h"

#define ACT(field) offsetof(struct acts, field)
#define BLOCK(field) offsetof(struct block, field)
#define GPT12 BOTH_FAMILIES

const struct tensor_row tensor_rows[] = {
    {"tok_embed", "BTC", GPT12, FRONT, 2, OP_EMBED_TOKENS, 0,
     {NULL}, {"wte"}, ACT(tok_embed)},
    {"pos_embed", "TC", GPT12, FRONT, 2, OP_EMBED_POSITIONS, 0,
     {NULL}, {"wpe"}, ACT(pos_embed)},
    {"resid_pre", "BTC", GPT12, FIRST_BLOCK, 2, OP_EMBED_SUM, 0,
     {"tok_embed", "pos_embed"}, {NULL}, BLOCK(resid_pre)},
    {"resid_pre", "BTC", GPT1, LATER_BLOCKS, 4, OP_COPY, 0,
     {"<ln_2"}, {NULL}, BLOCK(resid_pre)},
    {"resid_pre", "BTC", GPT2, LATER_BLOCKS, 4, OP_COPY, 0,
     {"<resid_post"}, {NULL}, BLOCK(resid_pre)},

    {"ln_1", "BTC", GPT2, EVERY_BLOCK, 3, OP_LAYERNORM, 0,
     {"resid_pre"}, {"ln_1.weight", "ln_1.bias"}, BLOCK(ln_1)},
    {"q", "BHTD", GPT1, EVERY_BLOCK, 3, OP_QKV, 0,
     {"resid_pre"}, {"attn.c_attn.weight", "attn.c_attn.bias"}, BLOCK(q)},
    {"k", "BHTD", GPT1, EVERY_BLOCK, 3, OP_QKV, 1,
     {"resid_pre"}, {"attn.c_attn.weight", "attn.c_attn.bias"}, BLOCK(k)},
    {"v", "BHTD", GPT1, EVERY_BLOCK, 3, OP_QKV, 2,
     {"resid_pre"}, {"attn.c_attn.weight", "attn.c_attn.bias"}, BLOCK(v)},
    {"q", "BHTD", GPT2, EVERY_BLOCK, 3, OP_QKV, 0,
     {"ln_1"}, {"attn.c_attn.weight", "attn.c_attn.bias"}, BLOCK(q)},
    {"k", "BHTD", GPT2, EVERY_BLOCK, 3, OP_QKV, 1,
     {"ln_1"}, {"attn.c_attn.weight", "attn.c_attn.bias"}, BLOCK(k)},
    {"v", "BHTD", GPT2, EVERY_BLOCK, 3, OP_QKV, 2,
     {"ln_1"}, {"attn.c_attn.weight", "attn.c_attn.bias"}, BLOCK(v)},
    {"scores", "BHTT", GPT12, EVERY_BLOCK, 3, OP_SCORES, 0,
     {"q", "k"}, {NULL}, BLOCK(scores)},
    {"pattern", "BHTT", GPT12, EVERY_BLOCK, 3, OP_PATTERN, 0,
     {"scores"}, {NULL}, BLOCK(pattern)},
    {"z", "BTC", GPT12, EVERY_BLOCK, 3, OP_MIX, 0,
     {"pattern", "v"}, {NULL}, BLOCK(z)},
    {"attn_out", "BTC", GPT12, EVERY_BLOCK, 3, OP_LINEAR, 0,
     {"z"}, {"attn.c_proj.weight", "attn.c_proj.bias"}, BLOCK(attn_out)},
    {"resid_mid", "BTC", GPT12, EVERY_BLOCK, 3, OP_ADD, 0,
     {"resid_pre", "attn_out"}, {NULL}, BLOCK(resid_mid)},

    {"ln_1", "BTC", GPT1, EVERY_BLOCK, 4, OP_LAYERNORM, 0,
     {"resid_mid"}, {"ln_1.weight", "ln_1.bias"}, BLOCK(ln_1)},
    {"ln_2", "BTC", GPT2, EVERY_BLOCK, 4, OP_LAYERNORM, 0,
     {"resid_mid"}, {"ln_2.weight", "ln_2.bias"}, BLOCK(ln_2)},
    {"mlp_pre", "BTF", GPT1, EVERY_BLOCK, 4, OP_LINEAR, 0,
     {"ln_1"}, {"mlp.c_fc.weight", "mlp.c_fc.bias"}, BLOCK(mlp_pre)},
    {"mlp_pre", "BTF", GPT2, EVERY_BLOCK, 4, OP_LINEAR, 0,
     {"ln_2"}, {"mlp.c_fc.weight", "mlp.c_fc.bias"}, BLOCK(mlp_pre)},
    {"mlp_post", "BTF", GPT12, EVERY_BLOCK, 4, OP_GELU, 0,
     {"mlp_pre"}, {NULL}, BLOCK(mlp_post)},
    {"mlp_out", "BTC", GPT12, EVERY_BLOCK, 4, OP_LINEAR, 0,
     {"mlp_post"}, {"mlp.c_proj.weight", "mlp.c_proj.bias"}, BLOCK(mlp_out)},
    {"resid_post", "BTC", GPT1, EVERY_BLOCK, 4, OP_ADD, 0,
     {"ln_1", "mlp_out"}, {NULL}, BLOCK(resid_post)},
    {"resid_post", "BTC", GPT2, EVERY_BLOCK, 4, OP_ADD, 0,
     {"resid_mid", "mlp_out"}, {NULL}, BLOCK(resid_post)},
    {"ln_2", "BTC", GPT1, EVERY_BLOCK, 4, OP_LAYERNORM, 0,
     {"resid_post"}, {"ln_2.weight", "ln_2.bias"}, BLOCK(ln_2)},

    {"ln_f", "BTC", GPT2, BACK, 5, OP_LAYERNORM, 0,
     {"<resid_post"}, {"ln_f.weight", "ln_f.bias"}, ACT(ln_f)},
    {"logits", "BTV", GPT1, BACK, 5, OP_UNEMBED, 0,
     {"<ln_2"}, {"wte"}, ACT(logits)},
    {"logits", "BTV", GPT2, BACK, 5, OP_UNEMBED, 0,
     {"ln_f"}, {"wte"}, ACT(logits)},
    {"loss", "", GPT12, BACK, 5, OP_LOSS, 0,
     {"logits"}, {NULL}, ACT(loss)},
};

const size_t n_tensor_rows = sizeof tensor_rows / sizeof tensor_rows[0];

#define WHOLE(field) offsetof(struct weights, field)
#define LAYER(field) offsetof(struct block_weights, field)

const struct weight_row weight_rows[] = {
    {"wte", "VC", GPT12, FRONT, WHOLE(wte)},
    {"wpe", "PC", GPT12, FRONT, WHOLE(wpe)},
    {"ln_1.weight", "C", GPT12, EVERY_BLOCK, LAYER(ln_1_weight)},
    {"ln_1.bias", "C", GPT12, EVERY_BLOCK, LAYER(ln_1_bias)},
    {"attn.c_attn.weight", "CQ", GPT12, EVERY_BLOCK, LAYER(c_attn_weight)},
    {"attn.c_attn.bias", "Q", GPT12, EVERY_BLOCK, LAYER(c_attn_bias)},
    {"attn.c_proj.weight", "CC", GPT12, EVERY_BLOCK, LAYER(attn_c_proj_weight)},
    {"attn.c_proj.bias", "C", GPT12, EVERY_BLOCK, LAYER(attn_c_proj_bias)},
    {"ln_2.weight", "C", GPT12, EVERY_BLOCK, LAYER(ln_2_weight)},
    {"ln_2.bias", "C", GPT12, EVERY_BLOCK, LAYER(ln_2_bias)},
    {"mlp.c_fc.weight", "CF", GPT12, EVERY_BLOCK, LAYER(c_fc_weight)},
    {"mlp.c_fc.bias", "F", GPT12, EVERY_BLOCK, LAYER(c_fc_bias)},
    {"mlp.c_proj.weight", "FC", GPT12, EVERY_BLOCK, LAYER(mlp_c_proj_weight)},
    {"mlp.c_proj.bias", "C", GPT12, EVERY_BLOCK, LAYER(mlp_c_proj_bias)},
    {"ln_f.weight", "C", GPT2, BACK, WHOLE(ln_f_weight)},
    {"ln_f.bias", "C", GPT2, BACK, WHOLE(ln_f_bias)},
};

const size_t n_weight_rows = sizeof weight_rows / sizeof weight_rows[0];
