/* unicode.c: classes and normal forms of characters.
 *
 * The published tokenizers are bound to the Unicode versions that their libraries
 * had: GPT-2's classes are general categories L* and N* of Unicode 16.0 and the
 * property White_Space; GPT-1's normalisation is that of HuggingFace's
 * BertNormalizer, with categories of Unicode 8.0. Hence tables of our own.
 * ASCII has tables by itself, because most text is ASCII. */
#include "unicode.h"

#include "unicode_tables.h"

/* ------------------------------------------------------------ GPT-2's classes */

enum unicode_class unicode_class(uint32_t character)
{
    size_t low = 0, high = n_class_changes;

    if (character < 0x80)
        return (enum unicode_class)ascii_classes[character];
    while (high - low > 1) {  /* class_changes[low] is at or before the character */
        const size_t middle = low + (high - low) / 2;

        if (class_changes[middle] / 4 <= character)
            low = middle;
        else
            high = middle;
    }
    return (enum unicode_class)(class_changes[low] % 4);
}

/* ------------------------------------------------------ GPT-1's normalisation */

/* The run that the character is in, or NULL. */
static const struct fold *find_fold(uint32_t character)
{
    size_t low = 0, high = n_folds;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (folds[middle].last < character)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n_folds && folds[low].first <= character ? &folds[low] : NULL;
}

/* A Hangul syllable into its leading consonant, vowel and trailing consonant, if it
 * has one. The Unicode Standard, section 3.12. */
static size_t decompose_hangul(uint32_t out[UNICODE_MOST], uint32_t syllable)
{
    enum { L_BASE = 0x1100, V_BASE = 0x1161, T_BASE = 0x11A7, VOWELS = 21, TRAILING = 28 };

    out[0] = L_BASE + syllable / (VOWELS * TRAILING);
    out[1] = V_BASE + syllable / TRAILING % VOWELS;
    out[2] = T_BASE + syllable % TRAILING;
    return out[2] == T_BASE ? 2 : 3;
}

static size_t between_spaces(uint32_t out[UNICODE_MOST], uint32_t character)
{
    out[0] = out[2] = ' ';
    out[1] = character;
    return 3;
}

static size_t apply(uint32_t out[UNICODE_MOST], const struct fold *fold, uint32_t character)
{
    const uint32_t place = character - fold->first;
    size_t n = 0;

    switch (fold->how) {
    case DROP:
        return 0;
    case SPACE:
        out[0] = ' ';
        return 1;
    case TO:
        out[0] = fold->to;
        return 1;
    case SHIFT:
        out[0] = fold->to + place;
        return 1;
    case EVERY_SECOND:
        out[0] = place % 2 ? character : fold->to + place;
        return 1;
    case LIST:
        for (const uint32_t *at = fold_lists + fold->to; *at; at++)
            out[n++] = *at;
        return n;
    case IDEOGRAPH:
        return between_spaces(out, character);
    case COMPATIBLE:
        return between_spaces(out, fold_ideographs[fold->to + place]);
    case HANGUL:
        return decompose_hangul(out, place);
    }
    return n;
}

size_t unicode_normalize(uint32_t out[UNICODE_MOST], uint32_t character)
{
    const struct fold *fold;

    if (character < 0x80) {
        out[0] = ascii_folds[character];
        return out[0] != 0;
    }
    if ((fold = find_fold(character)))
        return apply(out, fold, character);
    out[0] = character;
    return 1;
}

bool unicode_is_punctuation(uint32_t character)
{
    size_t low = 0, high = n_punctuation;

    if (character < 0x80)
        return ascii_punctuation[character];
    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (punctuation[middle].last < character)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n_punctuation && punctuation[low].first <= character;
}
