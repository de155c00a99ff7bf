/* judge.c: judges one tensor. PASS and FAIL are decided by the bar; MISTRUSTED where a
 * careless answer would pass as well, so that passing proves nothing.
 *
 * A tensor of up to PART elements is looked at as a whole. One that is larger is read part
 * by part: once for the errors, and once more, where it is wrong, for where. What is told
 * from samples then: whether the numbers are those of a coarser precision, and whether the
 * same numbers in other places would pass, from the first SAMPLE elements of each part; and
 * what the wrong elements have in common, from one piece around the worst. */
#include "judge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diagnosis/pattern.h"
#include "diagnosis/places.h"
#include "die.h"

enum { PART = 1 << 21, PIECE = 1 << 22, SAMPLE = 1 << 16 };

/* Two tensors side by side, and the part of them that was read last. */
struct pair {
    const struct array *got, *want;
    size_t step[BOX_MAX_RANK];
    struct box box;
    double *buffer[2];
    const double *g, *w;  /* [elements of the box] */
    bool is_whole;        /* the box is all */
};

static struct pair pair_begin(const struct array *got, const struct array *want)
{
    struct pair p = {.got = got, .want = want, .is_whole = want->count <= PART};
    size_t room = 1;

    if (p.is_whole)
        memcpy(p.step, want->dim, want->rank * sizeof p.step[0]);
    else
        box_step(p.step, want->rank, want->dim, want->stored.chunk, got->stored.chunk, PART);
    for (size_t i = 0; i < want->rank; i++)
        room *= p.step[i];
    for (size_t k = 0; k < 2; k++)
        p.buffer[k] = allocate(room, sizeof(double));
    return p;
}

static void pair_end(struct pair *p)
{
    free(p->buffer[0]);
    free(p->buffer[1]);
}

static void pair_read(struct pair *p)
{
    p->g = array_read(p->buffer[0], p->got, &p->box);
    p->w = array_read(p->buffer[1], p->want, &p->box);
}

static void pair_first(struct pair *p)
{
    const struct box first = box_first(p->want->rank, p->want->dim, p->step);
    const bool is_there = p->is_whole && p->g;

    p->box = first;
    if (!is_there)
        pair_read(p);
}

static bool pair_next(struct pair *p)
{
    if (!box_next(&p->box, p->step))
        return false;
    pair_read(p);
    return true;
}

/* ---------------------------------------------------------------------- errors */

struct figures {
    struct measure measure;
    struct rounding rounding;
    double shuffled;  /* sum of squares of the errors of the same numbers in other places */
    size_t sampled;   /* elements behind it */
};

static void shuffle(struct figures *f, const double *want, size_t count)
{
    const double error = count > 1 ? shuffled_error(want, count, 1) : 0;

    f->shuffled += error * error * (double)count;
    f->sampled += count;
}

static void add_part(struct figures *f, const struct pair *p, bool is_first)
{
    const size_t count = box_elements(&p->box), sample = count < SAMPLE ? count : SAMPLE;

    measure_add(&f->measure, p->g, p->w, &p->box);
    if (p->is_whole)
        return;
    shuffle(f, p->w, sample);
    const struct rounding r = look_at_rounding(p->g, p->w, sample, false, 0);
    f->rounding.is_f32 = (is_first || f->rounding.is_f32) && r.is_f32;
    f->rounding.is_f16 = (is_first || f->rounding.is_f16) && r.is_f16;
    f->rounding.is_bf16 = (is_first || f->rounding.is_bf16) && r.is_bf16;
    f->rounding.telling += r.telling;
}

/* Entries that are 0 by the shape of the tensor alone: keys later than their query. */
static size_t masked(const struct node *n)
{
    const size_t T = n->rank == 4 && strcmp(n->letters, "BHTT") == 0 ? n->dim[3] : 0;

    return T ? n->count / T * (T - 1) / 2 : 0;
}

/* Why a pass would prove nothing; NULL where it does. */
static const char *mistrust(const struct result *r, struct figures *f, const struct pair *p)
{
    const struct errors *e = &r->errors;
    const size_t fixed = masked(&r->node);

    if (e->zeros >= fixed && 2 * (e->zeros - fixed) > e->elements - fixed)
        return "the golden is mostly zeros";
    if (zeros_error(e) <= r->bar.rms)
        return "its bar would pass all zeros";
    if (p->is_whole)
        shuffle(f, p->w, e->elements);
    if (e->elements > 1 && sqrt(f->shuffled / (double)f->sampled) / e->scale <= r->bar.rms)
        return "its bar would pass the same numbers in other places";
    return NULL;
}

/* ------------------------------------------------------------------ what is wrong */

static size_t count_in_all(struct pair *p, double limit, double scale)
{
    size_t wrong = 0;

    pair_first(p);
    do {
        wrong += count_wrong(p->g, p->w, box_elements(&p->box), limit, scale);
    } while (pair_next(p));
    return wrong;
}

/* A box of whole last axes, and a range of the one before them, with element `flat` in it. */
static struct box around(const struct array *a, size_t flat)
{
    struct box b = {.rank = a->rank};
    size_t elements = 1, axis = a->rank, index[MAX_RANK];

    for (size_t i = a->rank, rest = flat; i-- > 0; rest /= a->dim[i]) {
        index[i] = rest % a->dim[i];
        b.dim[i] = a->dim[i];
        b.start[i] = index[i];
        b.count[i] = 1;
    }
    while (axis > 0 && elements * a->dim[axis - 1] <= PIECE) {
        axis--;
        b.start[axis] = 0;
        b.count[axis] = a->dim[axis];
        elements *= a->dim[axis];
    }
    if (axis > 0) {
        const size_t n = PIECE / elements, i = axis - 1;
        b.start[i] = index[i] < n / 2            ? 0
                     : index[i] - n / 2 + n > a->dim[i] ? a->dim[i] - n
                                                        : index[i] - n / 2;
        b.count[i] = n;
    }
    return b;
}

/* A pattern of one piece of a large tensor, as if the piece were all. */
static void pattern_of_piece(char *text, size_t size, const struct result *r,
                             const struct pair *p, double limit)
{
    const struct box piece = around(p->want, r->errors.worst[0]);
    const size_t count = box_elements(&piece);
    struct node n = r->node;
    char index[96], pattern[160];
    double *g = allocate(count, sizeof *g), *w = allocate(count, sizeof *w);
    const double *got = array_read(g, p->got, &piece), *want = array_read(w, p->want, &piece);

    memcpy(n.dim, piece.count, sizeof n.dim);
    n.count = count;
    describe_pattern(pattern, sizeof pattern, &n, got, want, limit);
    if (pattern[0])
        snprintf(text, size, "in a part, from %s on: %s",
                 index_text(index, sizeof index, &r->node, box_flat(&piece, 0)), pattern);
    free(g);
    free(w);
}

static void pattern_in_parts(struct result *r, struct pair *p, double limit)
{
    struct places places = places_begin(&r->node);

    pair_first(p);
    do {
        places_add(&places, p->g, p->w, &p->box, limit);
    } while (pair_next(p));
    places_text(r->pattern, sizeof r->pattern, &places);
    places_free(&places);
    if (!r->pattern[0])
        pattern_of_piece(r->pattern, sizeof r->pattern, r, p, limit);
}

static void explain(struct result *r, struct pair *p)
{
    const struct errors *e = &r->errors;
    double limit = r->bar.max;

    r->wrong = count_in_all(p, limit, e->scale);
    if (r->wrong == 0) {  /* none alone, but all together */
        limit = r->bar.rms;
        r->wrong = count_in_all(p, limit, e->scale);
    }
    if (p->is_whole)
        describe_pattern(r->pattern, sizeof r->pattern, &r->node, p->g, p->w, limit * e->scale);
    else
        pattern_in_parts(r, p, limit * e->scale);
}

/* -------------------------------------------------------------------- the verdict */

static void judge_pair(struct result *r, struct pair *p, size_t width,
                       const struct yardstick *y)
{
    struct figures f = {0};
    const char *doubt;
    bool is_first = true;

    pair_first(p);
    do {
        add_part(&f, p, is_first);
        is_first = false;
    } while (pair_next(p));
    const struct errors e = r->errors = measure_end(&f.measure);
    memcpy(r->got, e.got, sizeof r->got);
    memcpy(r->want, e.want, sizeof r->want);
    r->measured = true;
    r->yardstick = *y;
    r->precision = r->precision ? r->precision : precision_of_width(width);
    r->bar = result_bar(r, r->precision);
    r->status = e.rms <= r->bar.rms && e.max <= r->bar.max ? PASS : FAIL;
    if (p->is_whole || r->status == FAIL) {
        pair_first(p);
        const struct rounding seen = look_at_rounding(
            p->g, p->w, box_elements(&p->box), r->status == FAIL, 4 * roundoff(r->precision));
        f.rounding.pairs = seen.pairs;
        f.rounding.structured = seen.structured;
        if (p->is_whole)
            f.rounding = seen;
    }
    r->rounding = f.rounding;
    if (r->status == FAIL) {
        if (p->is_whole || !r->consequence)
            explain(r, p);
    } else if ((doubt = mistrust(r, &f, p))) {
        r->status = MISTRUSTED;
        snprintf(r->reason, sizeof r->reason, "%s", doubt);
    }
}

void judge_arrays(struct result *r, const struct array *got, const struct array *want,
                  size_t width, const struct yardstick *y)
{
    struct pair p = pair_begin(got, want);

    judge_pair(r, &p, width, y);
    pair_end(&p);
}

void judge(struct result *r, const double *got, const double *want, size_t width,
           const struct yardstick *y)
{
    const struct array g = array_in_memory(&r->node, got), w = array_in_memory(&r->node, want);

    judge_arrays(r, &g, &w, width, y);
}
