/* show.c: tokens as a table, with the merges that made each of them.
 *
 * The merges inside a token do not depend on the word around it: merging the token's
 * own spelling from single symbols takes the same way again, step by step. */
#include "show.h"

#include <stdio.h>
#include <stdlib.h>

#include "bpe.h"
#include "tokenize.h"
#include "utf8.h"

/* The text in quotes, as in C: \n, \", \\, and \xE2 for a byte that is no character
 * or should not reach a terminal. */
static void add_quoted(struct text *out, struct bytes text)
{
    const unsigned char *at = text.at, *end = at + text.length;
    uint32_t character;
    char escape[8];

    text_add(out, "\"", 1);
    while (at < end) {
        const size_t length = utf8_read(&character, at, end);
        const int control = character < 0x20 || (character >= 0x7F && character < 0xA0);

        if (character == '"' || character == '\\')
            text_add(out, "\\", 1);
        if (character == '\n')
            text_add(out, "\\n", 2);
        else if (control || character == UTF8_INVALID)
            for (size_t i = 0; i < length; i++)
                text_add(out, escape, (size_t)snprintf(escape, sizeof escape, "\\x%02X", at[i]));
        else
            text_add(out, at, length);
        at += length;
    }
    text_add(out, "\"", 1);
}

/* The symbols that the token's spelling begins as. */
static void spell(struct tokenizer *t, struct bytes spelling)
{
    static const unsigned char mark[] = {'<', '/', 'w', '>'};
    const unsigned char *at = spelling.at, *end = at + spelling.length;
    uint32_t character;
    int is_word = t->vocabulary->kind == TOKENIZER_GPT1 && spelling.length > sizeof mark;

    for (size_t i = 0; is_word && i < sizeof mark; i++)
        is_word = end[-(int)sizeof mark + (int)i] == mark[i];
    if (is_word)
        end -= sizeof mark;
    t->word.count = 0;
    tokens_reserve(&t->word, spelling.length);
    while (at < end) {
        const size_t length = utf8_read(&character, at, end);
        const struct bytes one = {at, length};
        t->word.id[t->word.count++] = tokenizer_symbol(t, one, is_word && at + length == end);
        at += length;
    }
}

/* "l+l #1, ll+o #2": each merge with its rank; nothing for a token that none makes. */
static void add_merges(struct text *out, struct tokenizer *t, int id)
{
    const struct merge *merge;
    struct text line = {0};
    char rank[32];

    spell(t, t->vocabulary->token[id]);
    while ((merge = bpe_lowest(t->word.id, t->word.count, &t->merges))) {
        const struct bytes *half = t->vocabulary->merge[merge->rank];

        if (line.length)
            text_add(&line, ", ", 2);
        text_add(&line, half[0].at, half[0].length);
        text_add(&line, "+", 1);
        text_add(&line, half[1].at, half[1].length);
        text_add(&line, rank, (size_t)snprintf(rank, sizeof rank, " #%d", merge->rank));
        t->word.count = bpe_apply(t->word.id, t->word.count, merge);
    }
    if (t->word.count == 1 && t->word.id[0] == id)
        text_add(out, line.at, line.length);
    free(line.at);
}

/* ---------------------------------------------------------------------- the table */

struct row {
    struct text bytes, text, merges;
};

static void fill(struct row *row, struct tokenizer *t, int id)
{
    struct text plain = {0};
    char hex[8];

    detokenize_one(&plain, t->vocabulary, id, 0);
    row->bytes.length = row->text.length = row->merges.length = 0;
    for (size_t i = 0; i < plain.length; i++)
        text_add(&row->bytes, hex,
                 (size_t)snprintf(hex, sizeof hex, i ? " %02X" : "%02X", plain.at[i]));
    add_quoted(&row->text, (struct bytes){plain.at, plain.length});
    add_merges(&row->merges, t, id);
    free(plain.at);
}

/* How many characters a text has: every byte but 10xxxxxx begins one. */
static int characters(const struct text *text)
{
    int n = 0;

    for (size_t i = 0; i < text->length; i++)
        n += (text->at[i] & 0xC0) != 0x80;
    return n;
}

static void print_column(const struct text *text, int width)
{
    const int length = characters(text);

    printf("  %.*s", (int)text->length, text->length ? (const char *)text->at : "");
    printf("%*s", length < width ? width - length : 0, "");
}

void show_tokens(struct tokenizer *t, const int *id, size_t n)
{
    enum { WIDEST = 32 };
    int bytes = 5, text = 4;
    struct row row = {0};

    for (size_t i = 0; i < n; i++) {
        fill(&row, t, id[i]);
        const int b = characters(&row.bytes), c = characters(&row.text);
        bytes = b > bytes && b <= WIDEST ? b : bytes;
        text = c > text && c <= WIDEST ? c : text;
    }
    printf("place     id  %-*s  %-*s  merges, in order, with their rank\n", bytes, "bytes", text,
           "text");
    for (size_t i = 0; i < n; i++) {
        fill(&row, t, id[i]);
        printf("%5zu %6d", i, id[i]);
        print_column(&row.bytes, bytes);
        print_column(&row.text, row.merges.length ? text : 0);
        if (row.merges.length)
            print_column(&row.merges, 0);
        putchar('\n');
    }
    free(row.bytes.at);
    free(row.text.at);
    free(row.merges.at);
}
