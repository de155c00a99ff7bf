/* cases.h: the functions of a subject that make no tensors of the graph: those of steps
 * 01, 06 and 08. They are checked by cases (cases_run.h): so many texts, draws or steps,
 * each right or wrong.
 *
 * The prototypes are those of the steps, whose headers say what each function does; an
 * array of `real` passes as a void pointer to elements of the subject's width. NULL: the
 * subject has none, and what needs it is skipped. Where a function gives up (die.h), or
 * takes the program down, that is a wrong case and no more: each group of cases runs in a
 * process of its own. */
#ifndef CASES_H
#define CASES_H

#include "01_tokenize/bpe.h"
#include "01_tokenize/split.h"
#include "01_tokenize/tokenize.h"
#include "06_sample/random.h"
#include "06_sample/sample.h"
#include "08_train/adamw.h"
#include "08_train/trainer.h"

struct case_ops {
    /* Step 01: alphabet.h, utf8.h, split.h, bpe.h, tokenizer.h and tokenize.h. */
    uint32_t (*alphabet_character)(unsigned char byte);
    int (*alphabet_byte)(uint32_t character);
    size_t (*utf8_read)(uint32_t *character, const unsigned char *at, const unsigned char *end);
    size_t (*utf8_write)(unsigned char *out, uint32_t character);
    void (*split_gpt2)(const unsigned char *text, size_t length, piece_visitor *visit,
                       void *context);
    void (*split_gpt1)(const unsigned char *text, size_t length, piece_visitor *visit,
                       void *context);
    const struct merge *(*bpe_lowest)(const int *symbol, size_t n, const struct merges *merges);
    size_t (*bpe_apply)(int *symbol, size_t n, const struct merge *merge);
    size_t (*bpe)(int *symbol, size_t n, const struct merges *merges);
    struct tokenizer *(*tokenizer_make)(const struct vocabulary *v);
    void (*tokenizer_free)(struct tokenizer *t);
    void (*tokenize)(struct tokens *out, struct tokenizer *t, struct bytes text, int how);
    void (*detokenize)(struct text *out, const struct vocabulary *v, const int *id, size_t n);

    /* Step 06: random.h and sample.h. The cache is the engine's. */
    struct generator (*generator_begin)(uint64_t seed);
    double (*generator_uniform)(struct generator *g);
    double (*generator_normal)(struct generator *g);
    size_t (*sample)(const void *logits, size_t V, const struct sampling *how, double uniform,
                     struct candidate *room);

    /* Step 08: adamw.h, clip.h, schedule.h, batch.h and trainer.h. */
    void (*adamw)(void *weight, void *mean, void *square, const void *dweight,
                  const struct adam *o, size_t n);
    void (*openai_adam)(void *weight, void *mean, void *square, const void *dweight,
                        const struct adam *o, size_t n);
    double (*gradient_norm)(void *const dweight[], const size_t count[], size_t n);
    double (*clip_scale)(double norm, double most);
    double (*learning_rate)(const struct schedule *s, size_t step);
    void (*draw_batch)(int *tokens, int *targets, const int *text, size_t n, size_t B, size_t T,
                       uint64_t seed, size_t step);
    size_t (*cut_batch)(int *tokens, int *targets, const int *text, size_t n, size_t B, size_t T,
                        size_t stride, size_t first);
    struct lesson (*train_step)(struct trainer *t, const int *text, size_t n);
};

/* subject_cases.c: those of the subject that it is linked into. */
extern const struct case_ops subject_cases;

#endif
