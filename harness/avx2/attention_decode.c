/* attention_decode.c: attention of one token, with the keys and values of all before it.
 *
 *     score[s] = q . k[s] / sqrt(D)  for s up to t,   z = sum over s of softmax(score)[s] * v[s]
 *
 * The cache is read once and each number used once: the memory sets the pace. So the keys of
 * all heads are read in the order in which they lie, a token after the other, and then the values;
 * some rows at a time, and while a head has its part of these, it asks for the same part of
 * the next ones. */
#include "attention_fused.h"

#include <math.h>
#include <string.h>

#include "00_ingredients/softmax.h"
#include "attention_rows.h"
#include "vector.h"

enum { SOME = 4, LINE = 16 };  /* rows; floats */

/* A head's part of some rows of `all` from row s on. */
static struct rows some_rows(struct rows all, size_t s)
{
    const size_t rest = s < all.n ? all.n - s : 0;

    return (struct rows){all.at + s * all.stride, all.stride, rest < SOME ? rest : SOME};
}

INLINED void fetch_rows(struct rows m, size_t D)
{
    for (size_t s = 0; s < m.n; s++)
        for (size_t d = 0; d < D; d += LINE)
            _mm_prefetch((const char *)(m.at + s * m.stride + d), _MM_HINT_T1);
}

void attention_decode(float *z, float *scores, const float *q, const float *keys,
                      const float *values, struct range heads, size_t n, size_t P, size_t C,
                      size_t D)
{
    const float scale = 1 / sqrtf((float)D);

    for (size_t s = 0; s < n; s += SOME)
        for (size_t h = heads.begin; h < heads.end; h++) {
            const struct rows k = {keys + h * D, C, n}, v = {values + h * D, C, n};

            fetch_rows(s + SOME < n ? some_rows(k, s + SOME) : some_rows(v, 0), D);
            dot_rows(scores + h * P + s, q + h * D, some_rows(k, s), scale, D, false);
        }
    for (size_t h = heads.begin; h < heads.end; h++)
        softmax(scores + h * P, scores + h * P, n);
    memset(z + heads.begin * D, 0, (heads.end - heads.begin) * D * sizeof *z);
    for (size_t s = 0; s < n; s += SOME)
        for (size_t h = heads.begin; h < heads.end; h++) {
            const struct rows v = {values + h * D, C, n};

            fetch_rows(some_rows(v, s + SOME), D);
            mix_rows(z + h * D, scores + h * P + s, 1, some_rows(v, s), 1, D);
        }
}
