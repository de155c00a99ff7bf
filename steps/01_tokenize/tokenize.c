/* tokenize.c: text into tokens.
 *
 * Split the text into pieces (split.h), take each piece as single symbols, merge
 * (bpe.h): the symbols that are left are the tokens. GPT-2's symbols are the bytes
 * of the piece, so every text can be written. GPT-1's are the characters of the
 * word, of which the last one bears the mark </w>; a character that the vocabulary
 * has not becomes <unk>. Turning tokens into text is detokenize.c's. */
#include "tokenize.h"

#include <stdlib.h>
#include <string.h>

#include "bpe.h"
#include "die.h"
#include "split.h"
#include "utf8.h"

struct encoding {
    struct tokenizer *t;
    struct tokens *out;
};

/* ---------------------------------------------------------------------- one word */

static void add_byte_symbols(struct tokenizer *t, struct bytes piece)
{
    tokens_reserve(&t->word, piece.length);
    for (size_t i = 0; i < piece.length; i++)
        t->word.id[i] = t->byte_symbol[piece.at[i]];
    t->word.count = piece.length;
}

/* A character that is no symbol merges with nothing, and is <unk> in the end. */
static void add_character_symbols(struct tokenizer *t, struct bytes word)
{
    const unsigned char *at = word.at, *end = at + word.length;
    uint32_t character;

    tokens_reserve(&t->word, word.length);
    while (at < end) {
        const size_t length = utf8_read(&character, at, end);
        const struct bytes one = {at, length};
        t->word.id[t->word.count++] = tokenizer_symbol(t, one, at + length == end);
        at += length;
    }
}

/* A symbol is a token if its number is an id. */
static int token_of(const struct tokenizer *t, int symbol)
{
    const struct vocabulary *v = t->vocabulary;

    if (symbol >= 0 && (size_t)symbol < v->n_tokens)
        return symbol;
    if (v->kind == TOKENIZER_GPT1 && t->unknown >= 0)
        return t->unknown;
    if (symbol < 0)
        die("%s: has no token for a character of the text, and no <unk>", v->vocab_name);
    const struct bytes spelling = t->symbols.spelling[symbol];
    die("%s: the vocabulary has no token for `%.*s`: the text cannot be written in its tokens",
        v->vocab_name, (int)spelling.length, (const char *)spelling.at);
}

static void merge_word(struct tokenizer *t, struct bytes word)
{
    t->word.count = 0;
    if (t->vocabulary->kind == TOKENIZER_GPT2)
        add_byte_symbols(t, word);
    else
        add_character_symbols(t, word);
    t->word.count = bpe(t->word.id, t->word.count, &t->merges);
    for (size_t i = 0; i < t->word.count; i++)
        t->word.id[i] = token_of(t, t->word.id[i]);
}

static void encode_word(void *context, const unsigned char *at, size_t length)
{
    const struct encoding *e = context;
    const struct bytes word = {at, length};
    struct tokens *merged = &e->t->word;
    struct cached *known = cache_find(e->t->cache, word);

    if (known && known->count) {
        tokens_add(e->out, known->token, known->count);
        return;
    }
    merge_word(e->t, word);
    if (known && merged->count <= CACHED_TOKENS) {
        known->count = (unsigned char)merged->count;
        memcpy(known->token, merged->id, merged->count * sizeof *merged->id);
    }
    tokens_add(e->out, merged->id, merged->count);
}

/* ---------------------------------------------------------------------- the text */

static void encode_plain(struct tokens *out, struct tokenizer *t, struct bytes text)
{
    struct encoding e = {t, out};

    if (t->vocabulary->kind == TOKENIZER_GPT2)
        split_gpt2(text.at, text.length, encode_word, &e);
    else
        split_gpt1(text.at, text.length, encode_word, &e);
}

/* Where the word begins in the text, or NULL. */
static const unsigned char *find(struct bytes text, struct bytes word)
{
    const unsigned char *at = text.at, *end = at + text.length;

    while (word.length <= (size_t)(end - at)) {
        at = memchr(at, word.at[0], (size_t)(end - at) - word.length + 1);
        if (!at || memcmp(at, word.at, word.length) == 0)
            return at;
        at++;
    }
    return NULL;
}

/* The special token is cut out first; what is between is tokenized by itself. */
static void encode_special(struct tokens *out, struct tokenizer *t, struct bytes text)
{
    const struct bytes special = tokenizer_special(t);
    const unsigned char *found;

    if (t->special < 0)
        die("%s: the vocabulary has no special token %s", t->vocabulary->vocab_name,
            (const char *)special.at);
    while ((found = find(text, special))) {
        const size_t before = (size_t)(found - text.at);

        encode_plain(out, t, (struct bytes){text.at, before});
        tokens_add(out, &t->special, 1);
        text.at += before + special.length;
        text.length -= before + special.length;
    }
    encode_plain(out, t, text);
}

/* A copy of the text in which every maximal invalid part is U+FFFD. */
static struct text replace_invalid(struct bytes text)
{
    const unsigned char *at = text.at, *end = at + text.length;
    struct text copy = {0};
    uint32_t character;

    while (at < end) {
        const size_t length = utf8_read(&character, at, end);
        text_reserve(&copy, UTF8_MAX);
        copy.length += utf8_write(copy.at + copy.length,
                                  character == UTF8_INVALID ? UTF8_REPLACEMENT : character);
        at += length;
    }
    return copy;
}

void tokenize(struct tokens *out, struct tokenizer *t, struct bytes text, int how)
{
    struct text valid = {0};

    if (how & TOKENIZE_REPLACE) {
        valid = replace_invalid(text);
        text = (struct bytes){valid.at, valid.length};
    }
    if (how & TOKENIZE_SPECIAL)
        encode_special(out, t, text);
    else
        encode_plain(out, t, text);
    free(valid.at);
}
