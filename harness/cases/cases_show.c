/* cases_show.c: cases counted, and the first wrong one of a group as a person reads it:
 * texts in quotes, with what cannot be printed as in \n, \t and \xFF. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "01_tokenize/utf8.h"
#include "cases_group.h"

enum { BEFORE = 8 };  /* ids that are shown before the first that differs */

/* Adds a piece where all of it fits and room for "..." is left; else only that. */
static bool add(char *to, size_t size, const char *piece, size_t length)
{
    const size_t at = strlen(to);

    if (at + length + 8 > size) {
        strcpy(to + at, "...");
        return false;
    }
    memcpy(to + at, piece, length);
    to[at + length] = '\0';
    return true;
}

static void show_text(char *to, size_t size, struct bytes text)
{
    const unsigned char *at = text.at, *end = at + text.length;
    uint32_t character;
    char escaped[8];
    bool more = true;

    strcpy(to, "\"");
    while (at < end && more) {
        const size_t length = utf8_read(&character, at, end);

        if (character == UTF8_INVALID || character < ' ' ||
            (character >= 0x7F && character < 0xA0)) {
            snprintf(escaped, sizeof escaped, character == '\n'   ? "\\n"
                                              : character == '\t' ? "\\t"
                                                                  : "\\x%02X", *at);
            more = add(to, size, escaped, strlen(escaped));
            at++;
        } else {
            more = add(to, size, (const char *)at, length);
            at += length;
        }
    }
    strcat(to, "\"");
}

/* From number `first` on. */
static void show_ids(char *to, size_t size, const int *id, size_t n, size_t first)
{
    char number[16];
    bool more = true;

    strcpy(to, n == 0 ? "nothing" : first ? "... " : "");
    for (size_t i = first; i < n && more; i++) {
        const int length = snprintf(number, sizeof number, "%s%d", i > first ? " " : "", id[i]);
        more = add(to, size, number, (size_t)length);
    }
}

void case_begin(struct marks *m, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(m->now, sizeof m->now, format, args);
    va_end(args);
}

void case_text(struct marks *m, struct bytes text, const char *remark)
{
    const size_t room = remark ? strlen(remark) + 2 : 0;

    show_text(m->now, sizeof m->now - room, text);
    if (remark) {
        strcat(m->now, ", ");
        strcat(m->now, remark);
    }
}

void case_ids(struct marks *m, const int *id, size_t n)
{
    const size_t room = sizeof "the tokens " - 1;

    strcpy(m->now, "the tokens ");
    show_ids(m->now + room, sizeof m->now - room, id, n, 0);
}

bool case_end(struct marks *m, bool right)
{
    m->cases++;
    if (right || m->wrong++ > 0)
        return false;
    memcpy(m->first, m->now, sizeof m->first);
    return true;
}

void case_end_text(struct marks *m, struct bytes got, struct bytes want)
{
    const bool right = got.length == want.length &&
                       (got.length == 0 || memcmp(got.at, want.at, got.length) == 0);

    if (case_end(m, right)) {
        show_text(m->got, sizeof m->got, got);
        show_text(m->want, sizeof m->want, want);
    }
}

void case_end_ids(struct marks *m, const int *got, size_t n_got, const int *want,
                  size_t n_want)
{
    const bool right = n_got == n_want &&
                       (n_got == 0 || memcmp(got, want, n_got * sizeof *got) == 0);

    if (case_end(m, right)) {
        size_t same = 0;
        while (same < n_got && same < n_want && got[same] == want[same])
            same++;
        const size_t first = same > BEFORE ? same - BEFORE : 0;
        show_ids(m->got, sizeof m->got, got, n_got, first);
        show_ids(m->want, sizeof m->want, want, n_want, first);
    }
}

void case_end_size(struct marks *m, size_t got, size_t want)
{
    if (case_end(m, got == want)) {
        snprintf(m->got, sizeof m->got, "%zu", got);
        snprintf(m->want, sizeof m->want, "%zu", want);
    }
}

void case_end_real(struct marks *m, double got, double want, double error)
{
    const int digits = fabs(got - want) < 1e-6 * fabs(want) ? 17 : 9;

    if (case_end(m, fabs(got - want) <= error)) {
        snprintf(m->got, sizeof m->got, "%.*g", digits, got);
        snprintf(m->want, sizeof m->want, "%.*g", digits, want);
    }
}
