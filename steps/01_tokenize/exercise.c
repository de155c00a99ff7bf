/* exercise.c: the tokenizer, to be written by you. docs/01-tokenize.md explains it,
 * HINTS.md has hints, and
 *
 *     make check-01 SUBJECT=exercise
 *
 * marks it. Take the line with not_written out of a function when you write its body. The
 * rest of the folder may be called: utf8.h reads characters, unicode.h says what they are,
 * grow.h has texts and tokens that grow, tokenizer.h the vocabulary made ready. */
#include "exercise.h"

#include <string.h>

#include "alphabet.h"
#include "bpe.h"
#include "split.h"
#include "tokenize.h"
#include "unicode.h"
#include "utf8.h"

/* The character that stands for a byte.
 *
 * 33 to 126, 161 to 172 and 174 to 255 stand for themselves. The 68 others get 0x100,
 * 0x101, ... in rising order: 0 to 32, then 127 to 160, then 173. */
uint32_t alphabet_character(unsigned char byte)
{
    not_written(__func__);
    return 0;
}

/* The byte that a character stands for; -1 where it is not in the alphabet. */
int alphabet_byte(uint32_t character)
{
    not_written(__func__);
    return -1;
}

/* The merge of lowest rank among all neighbours of a word, or NULL.
 *
 * For each pair of neighbours among the n symbols: merges_find(merges, left, right) gives
 * its merge or NULL. Of those found, the one whose rank is lowest. */
const struct merge *bpe_lowest(const int *symbol, size_t n, const struct merges *merges)
{
    not_written(__func__);
    return NULL;
}

/* Merges all occurrences of that pair, left to right; returns how many symbols are
 * left.
 *
 * In the same array: one index reads, another writes and is never ahead. Where the two
 * symbols at the reading index are merge->left and merge->right, write merge->result. */
size_t bpe_apply(int *symbol, size_t n, const struct merge *merge)
{
    not_written(__func__);
    return n;
}

/* Merges a word until nothing merges any more; returns how many symbols are left.
 *
 * As long as there is a lowest merge, apply it. */
size_t bpe(int *symbol, size_t n, const struct merges *merges)
{
    not_written(__func__);
    return n;
}

/* GPT-2: all pieces together are the text, byte for byte. A byte that is not
 * valid UTF-8 counts as a character that is neither letter, number nor space.
 *
 * From where the last piece ended: the first of these that fits is the next piece, and
 * visit(context, piece, length) is called with it.
 *   1. 's 't 're 've 'm 'll 'd
 *   2. a space or none, and a run of letters; or of numbers; or of what is neither these
 *      nor white space
 *   3. a run of white space, without its last character where something follows and the
 *      run is longer than 1 */
void split_gpt2(const unsigned char *text, size_t length, piece_visitor *visit, void *context)
{
    not_written(__func__);
}

/* Appends the text of n tokens, ids below v->n_tokens. GPT-2: exactly the bytes that
 * were tokenized, and maybe half a character at either end.
 *
 * v->token[id] is the spelling of a token. GPT-2 (v->kind is TOKENIZER_GPT2): each
 * character of it is a byte, by alphabet_byte; a spelling with a character that is none
 * stands for itself. GPT-1: `</w>` becomes a space, and in the last token nothing. */
void detokenize(struct text *out, const struct vocabulary *v, const int *id, size_t n)
{
    not_written(__func__);
}

/* Appends the tokens of a text. `how` may be ignored: it is always 0 here.
 *
 * Split the text, by split_gpt2 or split_gpt1, as t->vocabulary->kind says. For each
 * piece: its symbols, GPT-2 a byte each (t->byte_symbol), GPT-1 a character each
 * (tokenizer_symbol); then bpe with &t->merges; what is left are ids. GPT-1: a symbol that
 * is no id (below 0, or not below t->vocabulary->n_tokens) is t->unknown. */
void tokenize(struct tokens *out, struct tokenizer *t, struct bytes text, int how)
{
    not_written(__func__);
}
