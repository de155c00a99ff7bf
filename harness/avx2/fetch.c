/* fetch.c: which cache lines a tile asks for while it multiplies.
 *
 * A line from memory takes as long as a hundred multiply-adds. The processor sees by itself
 * when lines are read one after the other, but only after the first few, and not beyond
 * the page. In a matrix product it is known far ahead what comes next: so every tile asks
 * for some lines (tile.h), and these are dealt out here, a strip for each tile. */
#include "fetch.h"

enum { LINE = 64 };

static size_t lines_of(size_t floats)
{
    return (floats * sizeof(float) + LINE - 1) / LINE;
}

struct fetch fetch_floats(const float *at, size_t n)
{
    return (struct fetch){.at = (const char *)at, .rows = 1, .lines = lines_of(n)};
}

struct fetch fetch_view(struct view v, size_t n, size_t K)
{
    if (v.across == 1)
        return (struct fetch){.at = (const char *)v.at, .rows = n, .lines = lines_of(K),
                              .stride = v.down * sizeof(float)};
    return (struct fetch){.at = (const char *)v.at, .rows = K, .lines = lines_of(n),
                          .stride = v.across * sizeof(float)};
}

int fetch_next(struct strip *s, struct fetch *f, size_t count)
{
    if (f->line >= f->lines)
        return 0;
    if (f->rows == 1) {
        *s = (struct strip){f->at + f->line * LINE, LINE};
        f->line += count;
        return 1;
    }
    /* Down a column of lines; the last strip of it begins where it ends with it. */
    const size_t row = f->row + count <= f->rows ? f->row : f->rows > count ? f->rows - count : 0;
    *s = (struct strip){f->at + row * f->stride + f->line * LINE, f->stride};
    f->row += count;
    if (f->row >= f->rows) {
        f->row = 0;
        f->line++;
    }
    return 1;
}
