/* train_start.c: numbers the symbols as the published vocabularies do.
 *
 * - GPT-2: 0..255 the bytes, in the order of the characters that stand for them
 *   (alphabet.h); then the merges as they are learned; `<|endoftext|>` last.
 * - GPT-1: 0 `<unk>`; the characters that occur, in rising order; the same once more
 *   with `</w>`, which is how they end a word; then the merges. (The published list
 *   of characters is in another order, and ends with `\n</w>`, which HuggingFace's
 *   tokenizer never makes.) */
#include "train_start.h"

#include <stdlib.h>
#include <string.h>

#include "alphabet.h"
#include "die.h"
#include "grow.h"
#include "utf8.h"

enum { CHARACTERS = 0x110000 };

static const char word_end[] = "</w>", unknown[] = "<unk>", end_of_text[] = "<|endoftext|>";

/* ------------------------------------------------------------------- the symbols */

/* The characters that occur, of GPT-2 the whole alphabet: id[c] is not 0. */
static void mark_characters(uint32_t *id, enum tokenizer_kind kind, const struct counts *counts)
{
    uint32_t character;

    for (int byte = 0; kind == TOKENIZER_GPT2 && byte < 256; byte++)
        id[alphabet_character((unsigned char)byte)] = 1;
    for (size_t w = 0; kind == TOKENIZER_GPT1 && w < counts->n; w++) {
        const unsigned char *at = counts->word[w].word, *end = at + counts->word[w].length;
        while (at < end) {
            at += utf8_read(&character, at, end);
            id[character] = 1;
        }
    }
}

/* Numbers the characters and lists them. */
static void number_characters(struct start *s, uint32_t *id)
{
    const uint32_t first = s->kind == TOKENIZER_GPT1;  /* after <unk> */

    for (size_t c = 0; c < CHARACTERS; c++)
        s->n_characters += id[c];
    s->character = allocate(s->n_characters, sizeof *s->character);
    for (uint32_t c = 0, n = 0; c < CHARACTERS; c++)
        if (id[c]) {
            s->character[n] = c;
            id[c] = first + n++;
        }
    s->n = s->kind == TOKENIZER_GPT2 ? s->n_characters : 1 + 2 * s->n_characters;
}

/* A word's symbols; returns how many. */
static size_t spell_word(uint32_t *symbol, const struct start *s, const uint32_t *id,
                         const struct counted *word)
{
    const unsigned char *at = word->word, *end = at + word->length;
    size_t n = 0;
    uint32_t character;

    if (s->kind == TOKENIZER_GPT2) {
        for (; at < end; at++)
            symbol[n++] = id[alphabet_character(*at)];
        return n;
    }
    while (at < end) {
        at += utf8_read(&character, at, end);
        symbol[n++] = id[character];
    }
    symbol[n - 1] += (uint32_t)s->n_characters;
    return n;
}

struct start start_make(enum tokenizer_kind kind, const struct counts *counts)
{
    struct start s = {.kind = kind, .n_words = counts->n};
    uint32_t *id = allocate(CHARACTERS, sizeof *id);
    size_t bytes = 0, used = 0;

    memset(id, 0, CHARACTERS * sizeof *id);
    mark_characters(id, kind, counts);
    number_characters(&s, id);
    for (size_t w = 0; w < counts->n; w++)
        bytes += counts->word[w].length;
    s.memory = allocate(bytes, sizeof *s.memory);
    s.word = allocate(counts->n, sizeof *s.word);
    for (size_t w = 0; w < counts->n; w++) {
        s.word[w].symbol = s.memory + used;
        s.word[w].length = spell_word(s.memory + used, &s, id, &counts->word[w]);
        s.word[w].count = counts->word[w].count;
        used += s.word[w].length;
    }
    free(id);
    return s;
}

void start_free(struct start *s)
{
    free(s->character);
    free(s->word);
    free(s->memory);
}

/* ---------------------------------------------------------------- the vocabulary */

/* The tokens' text moves while it grows: where each begins is kept, and their
 * addresses are set at the end. */
struct maker {
    struct vocabulary *v;
    struct text text;
    size_t *start;  /* [n_tokens] */
};

static void add_token(struct maker *m, const void *spelling, size_t length)
{
    m->start[m->v->n_tokens] = m->text.length;
    m->v->token[m->v->n_tokens++].length = length;
    text_add(&m->text, spelling, length);
}

static void add_symbols(struct maker *m, const struct start *s)
{
    const size_t n_forms = s->kind == TOKENIZER_GPT1 ? 2 : 1, end = strlen(word_end);
    unsigned char token[UTF8_MAX + sizeof word_end];

    if (s->kind == TOKENIZER_GPT1)
        add_token(m, unknown, strlen(unknown));
    for (size_t form = 0; form < n_forms; form++)
        for (size_t c = 0; c < s->n_characters; c++) {
            const size_t length = utf8_write(token, s->character[c]);
            memcpy(token + length, word_end, end);
            add_token(m, token, length + form * end);
        }
}

static void add_merge(struct maker *m, const struct train_merge *merge)
{
    const size_t left = m->v->token[merge->left].length;
    const size_t right = m->v->token[merge->right].length;

    text_reserve(&m->text, left + right);  /* what is copied must not move */
    add_token(m, m->text.at + m->start[merge->left], left);
    text_add(&m->text, m->text.at + m->start[merge->right], right);
    m->v->token[m->v->n_tokens - 1].length += right;
}

struct vocabulary *trained_vocabulary(const struct start *s, const struct train_merge *merge,
                                      size_t n_merges)
{
    const size_t most = s->n + n_merges + 1;
    struct vocabulary *v = allocate(1, sizeof *v);
    struct maker m = {.v = v, .start = allocate(most, sizeof *m.start)};

    *v = (struct vocabulary){.kind = s->kind, .n_merges = n_merges};
    v->token = allocate(most, sizeof *v->token);
    v->merge = allocate(n_merges, sizeof *v->merge);
    add_symbols(&m, s);
    for (size_t r = 0; r < n_merges; r++)
        add_merge(&m, &merge[r]);
    if (s->kind == TOKENIZER_GPT2)
        add_token(&m, end_of_text, strlen(end_of_text));
    for (size_t i = 0; i < v->n_tokens; i++)
        v->token[i].at = m.text.at + m.start[i];
    for (size_t r = 0; r < n_merges; r++) {
        v->merge[r][0] = v->token[merge[r].left];
        v->merge[r][1] = v->token[merge[r].right];
    }
    v->blob[0] = m.text.at;
    free(m.start);
    return v;
}
