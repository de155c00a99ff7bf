/* partial.c: makes a subject of a shared object that has any of the steps' functions.
 *
 * What the object lacks, the built-in subject of the same width lends: scalar for 4 bytes,
 * f64 for 8. subject.c calls every function through the table self->ops, so a table with
 * the object's functions in it is a subject, and no op is written twice. A whole pass is
 * the object's own forward() or backward() where it has one; else its own forward_embed,
 * forward_attention, forward_mlp, forward_unembed where it has these; and for the rest the
 * ops one by one, in the order of the graph (partial_run.c). Which functions make an op the
 * object's own stands in the table below.
 *
 * The functions of cases.h are checked by cases, each by itself, and so none is lent, but
 * for what tokenize and the random numbers need to begin. */
#include "partial.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "partial_run.h"
#include "words.h"

/* The members of struct case_ops. */
#define CASES(X)                                                                          \
    X(alphabet_character) X(alphabet_byte) X(utf8_read) X(utf8_write) X(split_gpt2)       \
    X(split_gpt1) X(bpe_lowest) X(bpe_apply) X(bpe) X(tokenizer_make) X(tokenizer_free)   \
    X(tokenize) X(detokenize) X(generator_begin) X(generator_uniform) X(generator_normal) \
    X(sample) X(adamw) X(openai_adam) X(gradient_norm) X(clip_scale) X(learning_rate)     \
    X(draw_batch) X(cut_batch) X(train_step)

/* Every function that an object may have, and its place in the tables. */
#define OP_ENTRY(name) {#name, offsetof(struct tables, ops.name)},
#define CASE_ENTRY(name) {#name, offsetof(struct tables, cases.name)},
static const struct {
    const char *name;
    size_t at;
} functions[] = {OPS(OP_ENTRY) CASES(CASE_ENTRY)};
enum { N_FUNCTIONS = sizeof functions / sizeof functions[0] };

/* The functions that an op calls, forward and backward. */
static const function_names called[N_OPS][2] = {
    [OP_EMBED_TOKENS] = {{"embed_tokens"}, {"embed_tokens_backward"}},
    [OP_EMBED_POSITIONS] = {{"embed_positions"}, {"embed_positions_backward"}},
    [OP_EMBED_SUM] = {{"embed_sum"}, {"embed_sum_backward"}},
    [OP_COPY] = {{NULL}, {"add_backward"}},
    [OP_LAYERNORM] = {{"layernorm"}, {"layernorm_backward"}},
    [OP_QKV] = {{"linear", "split_heads"}, {"linear_backward", "split_heads_backward"}},
    [OP_SCORES] = {{"attention_scores"}, {"attention_scores_backward"}},
    [OP_PATTERN] = {{"attention_pattern", "softmax"}, {"attention_pattern_backward"}},
    [OP_MIX] = {{"attention_mix"}, {"attention_mix_backward"}},
    [OP_LINEAR] = {{"linear"}, {"linear_backward"}},
    [OP_ADD] = {{"add"}, {"add_backward"}},
    [OP_GELU] = {{"gelu"}, {"gelu_backward"}},
    [OP_UNEMBED] = {{"unembed"}, {"unembed_backward"}},
    [OP_LOSS] = {{"cross_entropy"}, {"cross_entropy_backward"}},
};

/* The names, with commas; in `found` where given only those. */
static char *list_functions(const bool *found)
{
    char *text = allocate(N_FUNCTIONS, 32);

    text[0] = '\0';
    for (size_t i = 0; i < N_FUNCTIONS; i++)
        if (!found || found[i])
            strcat(strcat(text, text[0] ? ", " : ""), functions[i].name);
    return text;
}

static size_t width_of(const char *name, void *object)
{
    size_t (*width)(void);
    void *symbol = dlsym(object, "touchstone_width");

    if (!symbol)
        return sizeof(float);
    memcpy(&width, &symbol, sizeof width);  /* ISO C has no such cast */
    const size_t bytes = width();
    if (bytes != 4 && bytes != 8)
        die("--subject %s: touchstone_width returns %zu: a number has 4 or 8 bytes", name, bytes);
    return bytes;
}

/* What is wired of others is not lent: partial_forward and partial_op do that. */
static void lend_ops(struct ops *ops, const struct ops *lent)
{
    *ops = *lent;
    ops->forward = NULL;
    ops->backward = NULL;
    ops->forward_embed = NULL;
    ops->forward_attention = NULL;
    ops->forward_mlp = NULL;
    ops->forward_unembed = NULL;
    ops->mlp = NULL;
}

static void lend_beginnings(struct case_ops *cases, const struct case_ops *lent)
{
    if (cases->tokenize && !cases->tokenizer_make) {
        cases->tokenizer_make = lent->tokenizer_make;
        cases->tokenizer_free = lent->tokenizer_free;
    }
    if ((cases->generator_uniform || cases->generator_normal) && !cases->generator_begin)
        cases->generator_begin = lent->generator_begin;
}

/* A function of the object; of all but `only`, unless that is NULL, nothing is known. */
static void *symbol_of(void *object, const char *name, const char *only)
{
    return only && strcmp(only, name) != 0 ? NULL : dlsym(object, name);
}

/* Takes what the object has into the tables. */
static void take_functions(struct partial *p, void *object, const char *only,
                           bool found[N_FUNCTIONS])
{
    lend_ops(&p->f.ops, p->lender->ops);
    if (symbol_of(object, "softmax", only))
        p->f.ops.attention_pattern = NULL;  /* which would call its own */
    for (size_t i = 0; i < N_FUNCTIONS; i++) {
        void *symbol = symbol_of(object, functions[i].name, only);
        found[i] = symbol != NULL;
        if (symbol)
            memcpy((char *)&p->f + functions[i].at, &symbol, sizeof symbol);
    }
    lend_beginnings(&p->f.cases, p->lender->cases);
    for (size_t op = 0; op < N_OPS; op++)
        for (size_t d = 0; d < 2; d++)
            for (size_t k = 0, n = 0; k < MOST_FUNCTIONS && called[op][d][k]; k++)
                if (symbol_of(object, called[op][d][k], only))
                    p->own[op][d][n++] = called[op][d][k];
}

static struct partial *make(const char *name, void *object, const char *only)
{
    struct partial *p = allocate(1, sizeof *p);
    bool found[N_FUNCTIONS], any = false;

    *p = (struct partial){.name = copy_text(name)};
    p->lender = subject_load(width_of(name, object) == 4 ? "scalar" : "f64");
    take_functions(p, object, only, found);
    for (size_t i = 0; i < N_FUNCTIONS; i++)
        any |= found[i];
    p->functions = list_functions(any ? found : NULL);
    if (!any)
        die("--subject %s: exports neither touchstone_subject nor, under their plain C names, "
            "any function of harness/ops.h or harness/cases.h: %s", name, p->functions);
    p->subject = (struct subject){
        .version = SUBJECT_VERSION, .name = p->name, .width = p->lender->width,
        .forward = p->f.ops.forward ? partial_own_forward : partial_forward, .op = partial_op,
        .backward = p->f.ops.backward ? partial_own_backward : partial_backward,
        .op_backward = partial_op_backward, .part = partial_part, .cases = &p->f.cases,
        .ops = &p->f.ops, .owns = partial_owns, .whole_mlp = p->f.ops.mlp != NULL,
    };
    return p;
}

/* Those that were made: a program asks for the same one for every golden. */
static struct partial *made;

const struct subject *partial_subject(const char *name, void *object)
{
    for (const struct partial *p = made; p; p = p->next)
        if (strcmp(p->name, name) == 0)
            return &p->subject;
    struct partial *p = make(name, object, NULL);
    p->next = made;
    made = p;
    return &p->subject;
}

const struct subject *partial_function(const char *name, void *object, const char *function)
{
    return &make(name, object, function)->subject;
}

void one_case_op(struct case_ops *to, const struct case_ops *from, const char *function)
{
    static const struct case_ops nothing;
    const size_t begin = offsetof(struct tables, cases);

    *to = nothing;
    for (size_t i = 0; i < N_FUNCTIONS; i++)
        if (functions[i].at >= begin && strcmp(functions[i].name, function) == 0)
            memcpy((char *)to + functions[i].at - begin,
                   (const char *)from + functions[i].at - begin, sizeof(void *));
    lend_beginnings(to, from);
}

void partial_selects_nothing(const char *subjects, bool in_place)
{
    if (made)  /* what was loaded last is one of these */
        die("--subject %s: nothing that is selected is made by %s alone%s", subjects,
            made->functions, in_place ? ", which is all that --mode local checks; --mode chain "
            "checks it in its place" : "");
}
