/* program_corpus.c: what is learnt from, and what shows whether it was learnt.
 *
 * The end of the text is held out: a model that knew its text by heart would be no
 * worse there than one that had understood it, if it had seen it. The vocabulary is
 * learnt from the other part, too. */
#include "program_corpus.h"

#include <stdlib.h>

#include "01_tokenize/split.h"
#include "01_tokenize/tokenize.h"
#include "01_tokenize/train_start.h"
#include "die.h"
#include "program_text.h"

struct text corpus_text(const char *path)
{
    struct text text = read_all("--text", path);

    if (text.length == 0)
        die("--text: %s is empty: there is nothing to learn from", path);
    return text;
}

size_t corpus_split(const struct text *text, double held_out)
{
    size_t at = (size_t)((1 - held_out) * (double)text->length);

    for (size_t end = at; held_out > 0 && end < text->length; end++)
        if (text->at[end] == '\n')
            return end + 1;
    while (at < text->length && (text->at[at] & 0xc0) == 0x80)
        at++;  /* not within a character of UTF-8 */
    return at;
}

/* FNV-1a (Fowler, Noll and Vo, 1991). */
uint64_t hash_of(const struct text *text)
{
    uint64_t hash = 0xcbf29ce484222325;

    for (size_t i = 0; i < text->length; i++)
        hash = (hash ^ text->at[i]) * 0x100000001b3;
    return hash;
}

struct corpus corpus_make(const struct text *text, double held_out, struct tokenizer *t)
{
    struct corpus c = {.bytes_train = corpus_split(text, held_out), .hash = hash_of(text)};

    c.bytes_held_out = text->length - c.bytes_train;
    tokenize(&c.tokens, t, (struct bytes){text->at, c.bytes_train}, 0);
    c.n_train = c.tokens.count;
    tokenize(&c.tokens, t, (struct bytes){text->at + c.bytes_train, c.bytes_held_out}, 0);
    return c;
}

struct vocabulary *corpus_vocabulary(const struct text *text, size_t n_bytes,
                                     enum tokenizer_kind kind, size_t n_tokens)
{
    struct counts counts = {0};

    (kind == TOKENIZER_GPT2 ? split_gpt2 : split_gpt1)(text->at, n_bytes, counts_add, &counts);
    if (counts.n == 0)
        die("--text: no word in it, no vocabulary can be learnt: give a text");
    struct start start = start_make(kind, &counts);
    const size_t least = start.n + (kind == TOKENIZER_GPT2);
    if (n_tokens < least)
        die("--vocab-size %zu: the text's characters alone make %zu tokens: ask for as many",
            n_tokens, least);
    struct train_merge *merge = allocate(n_tokens - least + 1, sizeof *merge);
    const size_t n = train_merges(merge, start.word, start.n_words, start.n, n_tokens - least);
    struct vocabulary *v = trained_vocabulary(&start, merge, n);

    free(merge);
    start_free(&start);
    counts_free(&counts);
    return v;
}
