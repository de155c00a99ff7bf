/* unicode_tables.h: the tables that unicode.c searches; made by ref/unicode.py.
 * Every table of runs is sorted, and no two runs overlap. */
#ifndef UNICODE_TABLES_H
#define UNICODE_TABLES_H

#include <stddef.h>
#include <stdint.h>

struct range {
    uint32_t first, last;
};

/* What becomes of the characters first .. last, and what `to` is in each case. */
enum fold_how {
    DROP,          /* nothing is left: controls, private use, accents */
    SPACE,         /* U+0020 */
    TO,            /* all become the character `to` */
    SHIFT,         /* first becomes `to`, first + 1 becomes to + 1, and so on */
    EVERY_SECOND,  /* first becomes `to`, first + 2 becomes to + 2; those between stay */
    LIST,          /* the list in fold_lists that begins at index `to` and ends with 0 */
    IDEOGRAPH,     /* itself, between two spaces */
    COMPATIBLE,    /* between two spaces: first becomes fold_ideographs[to], and so on */
    HANGUL         /* two or three letters, by arithmetic */
};

struct fold {
    uint32_t first, last;
    enum fold_how how;
    uint32_t to;
};

/* The answers for ASCII: its class, what GPT-1 makes of it (0: nothing), and whether
 * that is punctuation. */
extern const unsigned char ascii_classes[128];
extern const unsigned char ascii_folds[128];
extern const unsigned char ascii_punctuation[128];

/* 4 * character + class (enum unicode_class), for each character that has another
 * class than the one before it. The first entry is character 0. */
extern const uint32_t class_changes[];
extern const size_t n_class_changes;

extern const struct fold folds[];
extern const size_t n_folds;
extern const uint32_t fold_ideographs[];
extern const uint32_t fold_lists[];

extern const struct range punctuation[];
extern const size_t n_punctuation;

#endif
