/* tokenizer.c: tables for tokenizing, from a vocabulary.
 *
 * Merging works on spellings, so that a symbol may take part that is no token
 * itself: every token, every half of a merge and every byte of GPT-2's alphabet
 * gets a number, the tokens first, which makes a token's number its id. */
#include "tokenizer.h"

#include <stdlib.h>
#include <string.h>

#include "alphabet.h"
#include "die.h"
#include "utf8.h"

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){(const unsigned char *)text, strlen(text)};
}

static void add_tokens(struct tokenizer *t)
{
    const struct vocabulary *v = t->vocabulary;

    for (size_t i = 0; i < v->n_tokens; i++) {
        const int first = symbols_add(&t->symbols, v->token[i]);
        if ((size_t)first != i)
            die("%s: the tokens %d and %zu have the same spelling", v->vocab_name, first, i);
    }
}

/* The token that is the two halves together. */
static int result_of(struct tokenizer *t, const struct bytes half[2])
{
    t->spelling.length = 0;
    text_add(&t->spelling, half[0].at, half[0].length);
    text_add(&t->spelling, half[1].at, half[1].length);
    return symbols_find(&t->symbols, (struct bytes){t->spelling.at, t->spelling.length});
}

static void add_merges(struct tokenizer *t)
{
    const struct vocabulary *v = t->vocabulary;

    for (size_t i = 0; i < v->n_merges; i++) {
        const struct bytes *half = v->merge[i];
        const struct merge new = {.left = symbols_add(&t->symbols, half[0]),
                                  .right = symbols_add(&t->symbols, half[1]),
                                  .result = result_of(t, half), .rank = (int)i};

        if (new.result < 0 || (size_t)new.result >= v->n_tokens)
            die("%s: the merge of rank %zu, `%.*s %.*s`, makes `%.*s`, which is no token: do "
                "vocabulary and merges belong together?", v->merges_name, i, (int)half[0].length,
                (const char *)half[0].at, (int)half[1].length, (const char *)half[1].at,
                (int)t->spelling.length, (const char *)t->spelling.at);
        if (!merges_add(&t->merges, new))
            die("%s: the merge of rank %zu, `%.*s %.*s`, is there twice", v->merges_name, i,
                (int)half[0].length, (const char *)half[0].at, (int)half[1].length,
                (const char *)half[1].at);
    }
}

static void add_bytes(struct tokenizer *t)
{
    t->spelling.length = 0;
    text_reserve(&t->spelling, 256 * UTF8_MAX);  /* what symbols point to stays in place */
    for (int byte = 0; byte < 256; byte++) {
        unsigned char *at = t->spelling.at + t->spelling.length;
        const size_t length = utf8_write(at, alphabet_character((unsigned char)byte));
        t->spelling.length += length;
        t->byte_symbol[byte] = symbols_add(&t->symbols, (struct bytes){at, length});
    }
}

struct bytes tokenizer_special(const struct tokenizer *t)
{
    return bytes_of(t->vocabulary->kind == TOKENIZER_GPT2 ? "<|endoftext|>" : "<unk>");
}

struct tokenizer *tokenizer_make(const struct vocabulary *v)
{
    struct tokenizer *t = allocate(1, sizeof *t);

    if (!v->merge)
        die("%s: has tokens and no merges: it can turn tokens into text only", v->merges_name);
    *t = (struct tokenizer){.vocabulary = v, .cache = cache_make()};
    symbols_begin(&t->symbols, v->n_tokens + 2 * v->n_merges + 256);
    merges_begin(&t->merges, v->n_merges);
    add_tokens(t);
    t->unknown = symbols_find(&t->symbols, bytes_of("<unk>"));
    t->special = symbols_find(&t->symbols, tokenizer_special(t));
    add_merges(t);
    if (v->kind == TOKENIZER_GPT2)
        add_bytes(t);
    return t;
}

void tokenizer_free(struct tokenizer *t)
{
    if (!t)
        return;
    symbols_end(&t->symbols);
    merges_end(&t->merges);
    cache_free(t->cache);
    free(t->word.id);
    free(t->spelling.at);
    free(t);
}

int tokenizer_symbol(const struct tokenizer *t, struct bytes character, int is_last)
{
    static const unsigned char mark[] = {'<', '/', 'w', '>'};
    unsigned char marked[UTF8_MAX + sizeof mark];

    if (!is_last)
        return symbols_find(&t->symbols, character);
    memcpy(marked, character.at, character.length);
    memcpy(marked + character.length, mark, sizeof mark);
    return symbols_find(&t->symbols, (struct bytes){marked, character.length + sizeof mark});
}
