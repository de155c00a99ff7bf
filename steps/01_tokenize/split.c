/* split.c: texts into the pieces inside which merging happens.
 *
 * GPT-2 cuts by the first alternative of this pattern that matches, left to right
 * (openai/gpt-2 src/encoder.py):
 *
 *     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 *
 * An English ending; or a run of letters, of numbers or of anything else, with the
 * one space before it; or white space, of which the last character is left to what
 * follows. GPT-1 normalises (unicode.h), cuts at white space, which is lost, and
 * makes every punctuation mark a word of its own (HuggingFace tokenizers,
 * BertNormalizer and BertPreTokenizer). */
#include "split.h"

#include <stdlib.h>

#include "grow.h"
#include "unicode.h"
#include "utf8.h"

/* ----------------------------------------------------------------------- GPT-2 */

/* The class of the character at `at` and its length. A byte that belongs to no
 * character stands alone. */
static enum unicode_class class_at(const unsigned char *at, const unsigned char *end,
                                   size_t *length)
{
    uint32_t character = *at;

    *length = 1;
    if (character < 0x80)
        return unicode_class(character);
    *length = utf8_read(&character, at, end);
    if (character != UTF8_INVALID)
        return unicode_class(character);
    *length = 1;
    return CLASS_OTHER;
}

/* The end of the run of one class that begins at `at`; *last is where its last
 * character begins. */
static const unsigned char *run_end(const unsigned char *at, const unsigned char *end,
                                    enum unicode_class class, const unsigned char **last)
{
    size_t length;

    while (at < end && class_at(at, end, &length) == class) {
        *last = at;
        at += length;
    }
    return at;
}

/* The length of 's 't 're 've 'm 'll 'd, or 0. */
static size_t ending(const unsigned char *at, const unsigned char *end)
{
    static const char endings[7][4] = {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};

    for (size_t i = 0; *at == '\'' && i < sizeof endings / sizeof endings[0]; i++) {
        const char *letter = endings[i];
        const unsigned char *text = at;

        while (*letter && text < end && *text == (unsigned char)*letter) {
            letter++;
            text++;
        }
        if (!*letter)
            return (size_t)(text - at);
    }
    return 0;
}

static const unsigned char *piece_end(const unsigned char *at, const unsigned char *end)
{
    const unsigned char *body = *at == ' ' && at + 1 < end ? at + 1 : at, *last = at;
    size_t length = ending(at, end);

    if (length)
        return at + length;
    const enum unicode_class class = class_at(body, end, &length);
    if (class != CLASS_SPACE)
        return run_end(body, end, class, &last);
    const unsigned char *stop = run_end(at, end, CLASS_SPACE, &last);
    return stop == end || last == at ? stop : last;
}

void split_gpt2(const unsigned char *text, size_t length, piece_visitor *visit, void *context)
{
    const unsigned char *end = text + length;

    while (text < end) {
        const unsigned char *stop = piece_end(text, end);

        visit(context, text, (size_t)(stop - text));
        text = stop;
    }
}

/* ----------------------------------------------------------------------- GPT-1 */

struct words {
    struct text word;       /* the word so far */
    piece_visitor *visit;
    void *context;
};

static void finish_word(struct words *w)
{
    if (w->word.length)
        w->visit(w->context, w->word.at, w->word.length);
    w->word.length = 0;
}

/* Takes one character of the normalised text. */
static void take(struct words *w, uint32_t character)
{
    const bool alone = unicode_is_punctuation(character);

    if (alone || character == ' ')
        finish_word(w);
    if (character == ' ')
        return;
    text_reserve(&w->word, UTF8_MAX);
    w->word.length += utf8_write(w->word.at + w->word.length, character);
    if (alone)
        finish_word(w);
}

void split_gpt1(const unsigned char *text, size_t length, piece_visitor *visit, void *context)
{
    const unsigned char *end = text + length;
    struct words w = {.visit = visit, .context = context};
    uint32_t character, normal[UNICODE_MOST];

    while (text < end) {
        text += utf8_read(&character, text, end);
        if (character == UTF8_INVALID)
            continue;
        const size_t n = unicode_normalize(normal, character);
        for (size_t i = 0; i < n; i++)
            take(&w, normal[i]);
    }
    finish_word(&w);
    free(w.word.at);
}
