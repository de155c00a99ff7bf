/* attention.c: how a token gathers what it needs from the tokens before it.
 *
 * Every token sends out three vectors, each a linear map of its own vector in
 * the stream: a query (what am I looking for?), a key (what do I have?) and a
 * value (what do I give to whoever looks here?). For the token at position t:
 *
 *     score[s] = q[t] . k[s] / sqrt(D)       for every s up to t, and for no other
 *     share[s] = softmax of the scores: positive, sum 1
 *     z[t]     = sum over s of share[s] * v[s]
 *
 * The dot product q . k is large where query and key point the same way. A sum
 * of D products grows like sqrt(D), so it is divided by that; otherwise the
 * softmax would give nearly everything to one key before it has learnt anything.
 * A token never sees a later one: that is what it will have to predict. The
 * published programs add a large negative number to such scores, which makes
 * the share exactly 0; here the loops simply stop at s = t.
 *
 * All this happens H times side by side in "heads", each with D = C / H numbers
 * of the query, key and value, so that a token can look for several things.
 *
 * Source: Vaswani and others, "Attention Is All You Need" (2017), equation 1
 * and section 3.2.2; openai/gpt-2 src/model.py, `attn`. The linear maps before
 * (c_attn) and after (c_proj) are linear.c's; forward.c puts all in order. */
#include "attention.h"

#include <tgmath.h>

#include "00_ingredients/softmax.h"

void split_heads(real *q, real *k, real *v, const real *qkv,
                 size_t B, size_t T, size_t H, size_t D)
{
    const size_t C = H * D;

    for (size_t b = 0; b < B; b++)
        for (size_t h = 0; h < H; h++)
            for (size_t t = 0; t < T; t++)
                for (size_t d = 0; d < D; d++) {
                    const real *row = qkv + (b * T + t) * 3 * C;  /* [3C] q, k, v */
                    const size_t to = ((b * H + h) * T + t) * D + d;

                    q[to] = row[h * D + d];
                    k[to] = row[C + h * D + d];
                    v[to] = row[2 * C + h * D + d];
                }
}

void attention_scores(real *scores, const real *q, const real *k,
                      size_t B, size_t H, size_t T, size_t D)
{
    const real scale = 1 / sqrt((real)D);

    for (size_t bh = 0; bh < B * H; bh++)  /* every head of every text by itself */
        for (size_t t = 0; t < T; t++) {
            const real *query = q + (bh * T + t) * D;  /* [D] */
            real *row = scores + (bh * T + t) * T;     /* [T] one score a key */

            for (size_t s = 0; s <= t; s++) {
                const real *key = k + (bh * T + s) * D;  /* [D] */
                real dot = 0;
                for (size_t d = 0; d < D; d++)
                    dot += query[d] * key[d];
                row[s] = dot * scale;
            }
            for (size_t s = t + 1; s < T; s++)
                row[s] = 0;
        }
}

void attention_pattern(real *pattern, const real *scores, size_t B, size_t H, size_t T)
{
    for (size_t bh = 0; bh < B * H; bh++)
        for (size_t t = 0; t < T; t++) {
            const size_t row = (bh * T + t) * T;

            softmax(pattern + row, scores + row, t + 1);
            for (size_t s = t + 1; s < T; s++)
                pattern[row + s] = 0;
        }
}

void attention_mix(real *z, const real *pattern, const real *v,
                   size_t B, size_t H, size_t T, size_t D)
{
    for (size_t b = 0; b < B; b++)
        for (size_t h = 0; h < H; h++)
            for (size_t t = 0; t < T; t++) {
                const real *share = pattern + ((b * H + h) * T + t) * T;  /* [T] */
                const real *value = v + (b * H + h) * T * D;              /* [T, D] */
                real *out = z + ((b * T + t) * H + h) * D;                /* [D] */

                for (size_t d = 0; d < D; d++)
                    out[d] = 0;
                for (size_t s = 0; s <= t; s++)
                    for (size_t d = 0; d < D; d++)
                        out[d] += share[s] * value[s * D + d];
            }
}
