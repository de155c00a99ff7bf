/* detokenize.c: tokens into text.
 *
 * GPT-2: a token is spelled in the byte-level alphabet (alphabet.h), a character a
 * byte; the bytes of all tokens together are the text. A spelling with a character
 * that is not in the alphabet stands for itself, as in HuggingFace's ByteLevel.
 * GPT-1: a token's </w> becomes a space, and nothing in the last token; white space
 * and upper case are lost for good (HuggingFace's BPEDecoder). */
#include "tokenize.h"

#include <string.h>

#include "alphabet.h"
#include "utf8.h"

static void add_alphabet(struct text *out, struct bytes spelling)
{
    const unsigned char *at = spelling.at, *end = at + spelling.length;
    const size_t before = out->length;
    uint32_t character;

    text_reserve(out, spelling.length);
    while (at < end) {
        at += utf8_read(&character, at, end);
        const int byte = alphabet_byte(character);
        if (byte < 0) {
            out->length = before;
            text_add(out, spelling.at, spelling.length);
            return;
        }
        out->at[out->length++] = (unsigned char)byte;
    }
}

static void add_word(struct text *out, struct bytes spelling, int is_last)
{
    static const unsigned char mark[] = {'<', '/', 'w', '>'};

    for (size_t i = 0; i < spelling.length;)
        if (spelling.length - i >= sizeof mark &&
            memcmp(spelling.at + i, mark, sizeof mark) == 0) {
            text_add(out, " ", !is_last);
            i += sizeof mark;
        } else {
            text_add(out, spelling.at + i++, 1);
        }
}

void detokenize_one(struct text *out, const struct vocabulary *v, int id, int is_last)
{
    if (v->kind == TOKENIZER_GPT2)
        add_alphabet(out, v->token[id]);
    else
        add_word(out, v->token[id], is_last);
}

void detokenize(struct text *out, const struct vocabulary *v, const int *id, size_t n)
{
    for (size_t i = 0; i < n; i++)
        detokenize_one(out, v, id[i], i + 1 == n);
}
