/* cases_text.c: cases of the parts of step 01 that work alone: GPT-2's alphabet, UTF-8, the
 * split into pieces, and byte-pair encoding of one word. Whole texts are
 * cases_tokenize.c's.
 *
 * Alphabet and UTF-8 are compared with their rules, each written here in another way than
 * in the step: the alphabet as openai/gpt-2's bytes_to_unicode counts it up, UTF-8 by the
 * limits of each length. */
#include "cases_group.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "01_tokenize/merges.h"
#include "01_tokenize/utf8.h"

/* ------------------------------------------------------------------- the alphabet */

/* The character of each byte: printable ones are themselves, others count from 256. */
static void alphabet(uint32_t character[256])
{
    uint32_t next = 256;

    for (uint32_t byte = 0; byte < 256; byte++) {
        const bool printable = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte != 0xAD);
        character[byte] = printable ? byte : next++;
    }
}

static void bytes_become_characters(struct marks *m, const struct case_run *r, const void *none)
{
    uint32_t want[256];

    (void)none;
    alphabet(want);
    for (unsigned byte = 0; byte < 256; byte++) {
        case_begin(m, "the character of byte 0x%02X", byte);
        case_end_size(m, r->ops->alphabet_character((unsigned char)byte), want[byte]);
    }
}

static void characters_become_bytes(struct marks *m, const struct case_run *r, const void *none)
{
    static const uint32_t beyond[] = {0x144, 0x145, 0x200, 0x2581, 0xFFFD, 0x1F600, 0x10FFFF};
    uint32_t characters[256];

    (void)none;
    alphabet(characters);
    for (uint32_t c = 0; c < 0x144; c++) {
        int want = -1;
        for (int byte = 0; byte < 256; byte++)
            if (characters[byte] == c)
                want = byte;
        case_begin(m, "the byte of the character U+%04X (-1: none)", (unsigned)c);
        case_end_ids(m, (const int[]){r->ops->alphabet_byte(c)}, 1, &want, 1);
    }
    for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++) {
        case_begin(m, "the byte of the character U+%04X (-1: none)", (unsigned)beyond[i]);
        case_end_ids(m, (const int[]){r->ops->alphabet_byte(beyond[i])}, 1, (const int[]){-1}, 1);
    }
}

/* -------------------------------------------------------------------------- UTF-8 */

/* The first and the last character of each length, and about surrogates. */
static const struct {
    uint32_t character;
    const char *bytes;
} characters[] = {
    {0x01, "\x01"}, {0x41, "A"}, {0x7F, "\x7F"},
    {0x80, "\302\200"}, {0xE9, "\303\251"}, {0x3B1, "\316\261"}, {0x7FF, "\337\277"},
    {0x800, "\340\240\200"}, {0x4E2D, "\344\270\255"}, {0xD7FF, "\355\237\277"},
    {0xE000, "\356\200\200"}, {0xFFFD, "\357\277\275"}, {0xFFFF, "\357\277\277"},
    {0x10000, "\360\220\200\200"}, {0x1F600, "\360\237\230\200"},
    {0xFFFFF, "\363\277\277\277"}, {0x100000, "\364\200\200\200"},
    {0x10FFFF, "\364\217\277\277"},
};

static void characters_are_read(struct marks *m, const struct case_run *r, const void *none)
{
    (void)none;
    for (size_t i = 0; i < sizeof characters / sizeof characters[0]; i++) {
        const unsigned char *at = (const unsigned char *)characters[i].bytes;
        const size_t length = strlen(characters[i].bytes);
        uint32_t character = 0;

        case_begin(m, "U+%04X: its length and its number", (unsigned)characters[i].character);
        const size_t got = r->ops->utf8_read(&character, at, at + length);
        case_end_ids(m, (const int[]){(int)got, (int)character}, 2,
                     (const int[]){(int)length, (int)characters[i].character}, 2);
    }
}

static void characters_are_written(struct marks *m, const struct case_run *r, const void *none)
{
    (void)none;
    for (size_t i = 0; i < sizeof characters / sizeof characters[0]; i++) {
        unsigned char out[UTF8_MAX] = {0};

        case_begin(m, "U+%04X", (unsigned)characters[i].character);
        const size_t got = r->ops->utf8_write(out, characters[i].character);
        case_end_text(m, (struct bytes){out, got < UTF8_MAX ? got : UTF8_MAX},
                      (struct bytes){(const unsigned char *)characters[i].bytes,
                                     strlen(characters[i].bytes)});
    }
}

/* Bytes that are no character, and how many of them one U+FFFD stands for. */
static const struct {
    const char *bytes;
    size_t length;
} invalid[] = {
    {"\200", 1}, {"\277x", 1}, {"\300\200", 1}, {"\301\277", 1}, {"\365\200\200\200", 1},
    {"\377", 1}, {"\303", 1}, {"\303x", 1}, {"\340\237\277", 1}, {"\355\240\200", 1},
    {"\344\270", 2}, {"\344\270x", 2}, {"\360\217\277\277", 1}, {"\364\220\200\200", 1},
    {"\360\237", 2}, {"\360\237\230", 3}, {"\360\237\230x", 3}, {"\360\237\303\251", 2},
};

static void invalid_bytes_are_told(struct marks *m, const struct case_run *r, const void *none)
{
    (void)none;
    for (size_t i = 0; i < sizeof invalid / sizeof invalid[0]; i++) {
        const struct bytes text = {(const unsigned char *)invalid[i].bytes,
                                   strlen(invalid[i].bytes)};
        uint32_t character = 0;

        case_text(m, text, "the length of the invalid part, and 1114112");
        const size_t got = r->ops->utf8_read(&character, text.at, text.at + text.length);
        case_end_ids(m, (const int[]){(int)got, (int)character}, 2,
                     (const int[]){(int)invalid[i].length, UTF8_INVALID}, 2);
    }
}

/* ---------------------------------------------------------------------- one word */

/* Merges of symbols 1 .. 9 in the order of their rank: those of `l o w e r`, in which
 * 1 2 3 4 5 are the letters. */
static const struct merge lower[] = {
    {1, 2, 6, 0}, {4, 5, 7, 1}, {6, 3, 8, 2}, {8, 7, 9, 3},
};
/* Of 1 and 2 alone; the lowest rank is not always the first from the left, and a merge
 * may come before those that make its halves. */
static const struct merge ranks[] = {
    {2, 1, 3, 0}, {1, 2, 4, 1}, {4, 4, 5, 2}, {3, 3, 6, 3}, {1, 1, 7, 4}, {5, 1, 8, 5},
    {2, 2, 9, 6}, {6, 6, 10, 7}, {7, 7, 11, 8},
};

struct list {
    const struct merge *merge;
    size_t n;
};
static const struct list lists[] = {{lower, sizeof lower / sizeof lower[0]},
                                    {ranks, sizeof ranks / sizeof ranks[0]}};

static struct merges table_of(const struct list *list)
{
    struct merges table;

    merges_begin(&table, list->n);
    for (size_t i = 0; i < list->n; i++)
        merges_add(&table, list->merge[i]);
    return table;
}

/* By the definition: the first merge of the list that fits anywhere is made wherever it
 * fits, from left to right, and all begins again. Returns how many symbols are left. */
static size_t merged(int *symbol, size_t n, const struct list *list)
{
    for (size_t k = 0; k < list->n; k++) {
        size_t left = 0;

        for (size_t i = 0; i < n; left++)
            if (i + 1 < n && symbol[i] == list->merge[k].left &&
                symbol[i + 1] == list->merge[k].right) {
                symbol[left] = list->merge[k].result;
                i += 2;
            } else {
                symbol[left] = symbol[i++];
            }
        if (left < n)
            return merged(symbol, left, list);
    }
    return n;
}

/* A word for people: its symbols, or how many there are. */
static void begin_word(struct marks *m, const int *symbol, size_t n)
{
    char text[SHOWN] = "";
    size_t at = 0;

    for (size_t i = 0; i < n && i < 24; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, " %d", symbol[i]);
    case_begin(m, "the word of %zu symbols%s%s", n, text, n > 24 ? " ..." : "");
}

static void check_word(struct marks *m, const struct case_run *r, const struct list *list,
                       const int *symbol, size_t n)
{
    struct merges table = table_of(list);
    int *got = malloc((n + 1) * sizeof *got), *want = malloc((n + 1) * sizeof *want);

    if (!got || !want)
        abort();
    memcpy(got, symbol, n * sizeof *got);
    memcpy(want, symbol, n * sizeof *want);
    begin_word(m, symbol, n);
    const size_t n_got = r->ops->bpe(got, n, &table);
    case_end_ids(m, got, n_got < n ? n_got : n, want, merged(want, n, list));
    free(got);
    free(want);
    merges_end(&table);
}

static void words_are_merged(struct marks *m, const struct case_run *r, const void *none)
{
    const int word[] = {1, 2, 3, 4, 5};

    (void)none;
    for (size_t n = 0; n <= 5; n++)
        check_word(m, r, &lists[0], word, n);
}

/* All words of up to 10 of two symbols. */
static void lowest_ranks_come_first(struct marks *m, const struct case_run *r, const void *none)
{
    enum { LONGEST = 10 };
    int word[LONGEST];

    (void)none;
    for (size_t n = 1; n <= LONGEST; n++)
        for (unsigned bits = 0; bits < 1U << n; bits++) {
            for (size_t i = 0; i < n; i++)
                word[i] = 1 + (int)(bits >> i & 1);
            check_word(m, r, &lists[1], word, n);
        }
}

static void long_words_are_merged(struct marks *m, const struct case_run *r, const void *none)
{
    static const size_t lengths[] = {30, 47, 48, 49, 100, 400, 999};
    struct generator numbers = generator_begin(1);
    int word[1000];

    (void)none;
    for (size_t k = 0; k < sizeof lengths / sizeof lengths[0]; k++)
        for (int often = 0; often < 4; often++) {
            for (size_t i = 0; i < lengths[k]; i++)
                word[i] = 1 + (generator_uniform(&numbers) * 4 < often + 0.5);
            check_word(m, r, &lists[1], word, lengths[k]);
        }
}

static void pairs_do_not_overlap(struct marks *m, const struct case_run *r, const void *none)
{
    static const struct {
        int word[5], want[5];
        size_t n, left;
    } words[] = {
        {{7, 7, 7}, {8, 7}, 3, 2}, {{7, 7, 7, 7}, {8, 8}, 4, 2}, {{7, 1, 7, 7}, {7, 1, 8}, 4, 3},
        {{7}, {7}, 1, 1}, {{1, 7, 7, 1, 7}, {1, 8, 1, 7}, 5, 4}, {{1, 2}, {1, 2}, 2, 2},
    };
    const struct merge merge = {7, 7, 8, 0};

    (void)none;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        int word[5];

        memcpy(word, words[i].word, sizeof word);
        begin_word(m, word, words[i].n);
        const size_t left = r->ops->bpe_apply(word, words[i].n, &merge);
        case_end_ids(m, word, left < 5 ? left : 5, words[i].want, words[i].left);
    }
}

static void the_lowest_is_found(struct marks *m, const struct case_run *r, const void *none)
{
    static const struct {
        int word[5], want;  /* the rank */
        size_t n;
    } words[] = {
        {{1, 2, 1}, 0, 3}, {{1, 2, 2}, 1, 3}, {{1, 1, 1}, 4, 3}, {{2, 2, 1, 1}, 0, 4},
        {{5, 1, 1}, 4, 3}, {{9, 9}, -1, 2}, {{1}, -1, 1}, {{4, 4, 2, 2}, 2, 4},
    };
    struct merges table = table_of(&lists[1]);

    (void)none;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        begin_word(m, words[i].word, words[i].n);
        const struct merge *got = r->ops->bpe_lowest(words[i].word, words[i].n, &table);
        case_end_ids(m, (const int[]){got ? got->rank : -1}, 1, &words[i].want, 1);
    }
    merges_end(&table);
}

void cases_text(struct case_run *r)
{
    if (!case_wanted(r, NULL))
        return;
    case_group(r, "alphabet/character", LACKS(r, alphabet_character), bytes_become_characters,
               NULL);
    case_group(r, "alphabet/byte", LACKS(r, alphabet_byte), characters_become_bytes, NULL);
    case_group(r, "utf8/read", LACKS(r, utf8_read), characters_are_read, NULL);
    case_group(r, "utf8/invalid", LACKS(r, utf8_read), invalid_bytes_are_told, NULL);
    case_group(r, "utf8/write", LACKS(r, utf8_write), characters_are_written, NULL);
    cases_split(r);
    case_group(r, "bpe/lowest", LACKS(r, bpe_lowest), the_lowest_is_found, NULL);
    case_group(r, "bpe/apply", LACKS(r, bpe_apply), pairs_do_not_overlap, NULL);
    case_group(r, "bpe/word", LACKS(r, bpe), words_are_merged, NULL);
    case_group(r, "bpe/rank-order", LACKS(r, bpe), lowest_ranks_come_first, NULL);
    case_group(r, "bpe/long-words", LACKS(r, bpe), long_words_are_merged, NULL);
}
