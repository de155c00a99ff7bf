/* gpt.h: the sizes, the weights and the tensors of a GPT.
 *
 * The legend, used everywhere in this project:
 *
 *   B  batch: how many texts at once          H  heads (n_head)
 *   T  tokens in each text                    D  width of a head, C / H
 *   C  width of the stream (d_model)          F  width inside the MLP (d_ff)
 *   V  tokens in the vocabulary (n_vocab)     L  layers (n_layer), l is one of them
 *   P  positions that the model knows (n_ctx); T is at most P
 *   N  vectors that an op works on at once, mostly B T    I, O  width into and out of a linear map
 *
 * An array of shape [B, T, C] is one block of memory in which the last index
 * varies fastest: element (b, t, c) is x[(b * T + t) * C + c].
 *
 * Names and layouts are those of the published GPT-2 checkpoints
 * (openai/gpt-2, src/model.py); a linear map is stored [in, out].
 */
#ifndef GPT_H
#define GPT_H

#include <stddef.h>

/* Every step is written once in terms of `real` and built twice: with
 * -DREAL=float it is what one runs, with -DREAL=double it is what one proves. */
typedef REAL real;

enum family { GPT1 = 1, GPT2 = 2, BOTH_FAMILIES = 3 };

struct config {
    enum family family;
    size_t n_layer;  /* L */
    size_t n_head;   /* H */
    size_t d_model;  /* C, a multiple of H */
    size_t d_ff;     /* F */
    size_t n_ctx;    /* P */
    size_t n_vocab;  /* V */
    double ln_eps;   /* 1e-5 in both published families */
};

struct block_weights {
    real *ln_1_weight;    /* [C] */
    real *ln_1_bias;      /* [C] */
    real *c_attn_weight;  /* [C, 3C], columns q, k, v, each H heads of D */
    real *c_attn_bias;    /* [3C] */
    real *attn_c_proj_weight;  /* [C, C] */
    real *attn_c_proj_bias;    /* [C] */
    real *ln_2_weight;    /* [C] */
    real *ln_2_bias;      /* [C] */
    real *c_fc_weight;    /* [C, F] */
    real *c_fc_bias;      /* [F] */
    real *mlp_c_proj_weight;   /* [F, C] */
    real *mlp_c_proj_bias;     /* [C] */
};

struct weights {
    real *wte;            /* [V, C] tokens in, and, transposed, tokens out */
    real *wpe;            /* [P, C] */
    struct block_weights *h;    /* [L] */
    real *ln_f_weight;    /* [C], GPT-2 only */
    real *ln_f_bias;      /* [C], GPT-2 only */
};

/* What one block computes. The order is GPT-2's; GPT-1 has the same tensors,
 * wired in another order (forward.c). */
struct block {
    real *resid_pre;  /* [B, T, C] what the block reads */
    real *ln_1;       /* [B, T, C] */
    real *q;          /* [B, H, T, D] */
    real *k;          /* [B, H, T, D] */
    real *v;          /* [B, H, T, D] */
    real *scores;     /* [B, H, T, T] rows are queries, columns keys */
    real *pattern;    /* [B, H, T, T] each row sums to 1 */
    real *z;          /* [B, T, C] heads side by side */
    real *attn_out;   /* [B, T, C] */
    real *resid_mid;  /* [B, T, C] */
    real *ln_2;       /* [B, T, C] */
    real *mlp_pre;    /* [B, T, F] before GELU */
    real *mlp_post;   /* [B, T, F] after GELU */
    real *mlp_out;    /* [B, T, C] */
    real *resid_post; /* [B, T, C] */
};

/* What the model computes for one input: its activations. */
struct acts {
    size_t B, T;
    const int *tokens;   /* [B, T] each in 0 .. V-1 */
    const int *targets;  /* [B, T] the next tokens; -1 is left out of the loss */
    real *tok_embed;     /* [B, T, C] */
    real *pos_embed;     /* [T, C] */
    struct block *h;     /* [L] */
    real *ln_f;          /* [B, T, C], GPT-2 only */
    real *logits;        /* [B, T, V] */
    real *loss;          /* [1] */
    real *qkv;           /* [B, T, 3C] room for c_attn's output before heads are split */
};

/* forward.c: the four parts, each the work of one step, and the whole. Outputs
 * go to the arrays in `a`, which the caller has allocated. Nothing can fail. */
void forward_embed(const struct config *cfg, const struct weights *w, struct acts *a);
void forward_attention(const struct config *cfg, const struct weights *w, struct acts *a,
                       size_t l);
void forward_mlp(const struct config *cfg, const struct weights *w, struct acts *a, size_t l);
void forward_unembed(const struct config *cfg, const struct weights *w, struct acts *a);
void forward(const struct config *cfg, const struct weights *w, struct acts *a);

#endif
