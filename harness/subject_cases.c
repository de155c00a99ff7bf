/* subject_cases.c: the functions of steps 01, 06 and 08 of the subject that it is linked
 * into (cases.h). Compiled once for each built-in subject, with that subject's `real`. */
#include "cases.h"

#include "01_tokenize/alphabet.h"
#include "01_tokenize/utf8.h"
#include "08_train/batch.h"
#include "08_train/clip.h"

/* What takes arrays of `real` has another type here than in cases.h. */
static size_t run_sample(const void *logits, size_t V, const struct sampling *how,
                         double uniform, struct candidate *room)
{
    return sample(logits, V, how, uniform, room);
}

static void run_adamw(void *weight, void *mean, void *square, const void *dweight,
                      const struct adam *o, size_t n)
{
    adamw(weight, mean, square, dweight, o, n);
}

static void run_openai_adam(void *weight, void *mean, void *square, const void *dweight,
                            const struct adam *o, size_t n)
{
    openai_adam(weight, mean, square, dweight, o, n);
}

static double run_gradient_norm(void *const dweight[], const size_t count[], size_t n)
{
    return gradient_norm((real *const *)dweight, count, n);
}

const struct case_ops subject_cases = {
    .alphabet_character = alphabet_character,
    .alphabet_byte = alphabet_byte,
    .utf8_read = utf8_read,
    .utf8_write = utf8_write,
    .split_gpt2 = split_gpt2,
    .split_gpt1 = split_gpt1,
    .bpe_lowest = bpe_lowest,
    .bpe_apply = bpe_apply,
    .bpe = bpe,
    .tokenizer_make = tokenizer_make,
    .tokenizer_free = tokenizer_free,
    .tokenize = tokenize,
    .detokenize = detokenize,
    .generator_begin = generator_begin,
    .generator_uniform = generator_uniform,
    .generator_normal = generator_normal,
    .sample = run_sample,
    .adamw = run_adamw,
    .openai_adam = run_openai_adam,
    .gradient_norm = run_gradient_norm,
    .clip_scale = clip_scale,
    .learning_rate = learning_rate,
    .draw_batch = draw_batch,
    .cut_batch = cut_batch,
    .train_step = train_step,
};
