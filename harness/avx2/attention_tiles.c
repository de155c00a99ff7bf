/* attention_tiles.c: small matrix products on factors that are packed whole.
 *
 *     out[i][j] = sum over k of a[i][k] * b[k][j],   j below TILE_COLUMNS
 *
 * Attention multiplies many narrow pieces of the same few matrices, so it packs each
 * matrix once and then asks for the tiles (tile.c) that it needs. Results stay packed too:
 * rows of TILE_COLUMNS floats, which is the layout of a right factor. */
#include "attention_tiles.h"

#include "tile.h"

struct left left_before(const float *packed, size_t M, size_t K)
{
    return (struct left){packed, panels_of(M), K};
}

struct left left_packed(float *packed, struct view v, size_t M, size_t K)
{
    const struct left a = left_before(packed, M, K);

    pack_panels(packed, v, a.panels, (struct range){0, a.panels.count}, K);
    return a;
}

void multiply_left(float *out, const struct left *a, const float *b, struct range rows,
                   struct range k, bool add)
{
    struct tile t = {.columns = TILE_COLUMNS, .out_stride = TILE_COLUMNS,
                     .also_stride = TILE_COLUMNS, .next = b};

    for (size_t p = 0; p < a->panels.count; p++) {
        const struct range r = panel_rows(a->panels, p);

        if (r.begin >= rows.end)
            break;
        if (r.end <= rows.begin)
            continue;
        t.rows = r.end - r.begin;
        t.out = out + r.begin * TILE_COLUMNS;
        t.also = add ? t.out : NULL;
        tile_multiply(&t, a->packed + r.begin * a->K + k.begin * t.rows, b, k.end - k.begin);
    }
}

void unpack_columns(float *out, float *room, const float *in, float scale, size_t n, size_t D,
                    size_t stride)
{
    pack_panel(room, (struct view){in, TILE_COLUMNS, 1}, D, D, n);
    for (size_t i = 0; i < n; i++) {
        const float *row = room + i * D;
        float *to = out + i * stride;
        size_t d = 0;

        for (; d + LANES <= D; d += LANES)
            vec_store(to + d, vec_mul(vec_load(row + d), vec_set1(scale)));
        if (d < D)
            vec_store_part(to + d, vec_mul(vec_load_part(row + d, D - d, 0), vec_set1(scale)),
                           D - d);
    }
}
