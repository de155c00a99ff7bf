/* program_text.c: texts and ids from the command line and from files. */
#include "program_text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "files/model.h"

/* Room for a text of T tokens, in place of what there was. */
static void make_room(struct program *p, size_t T)
{
    program_room(p, 1, T);
    free((int *)p->acts.tokens);
    free((int *)p->acts.targets);
    p->acts.tokens = allocate(T, sizeof(int));
    p->acts.targets = allocate(T, sizeof(int));
}

void program_text(struct program *p, const int *tokens, size_t n)
{
    const size_t P = p->model->cfg.n_ctx;

    if (!p->tensor || p->graph->T < n)
        make_room(p, 2 * n < P ? 2 * n : P);
    p->acts.B = 1;
    p->acts.T = n;
    memcpy((int *)p->acts.tokens, tokens, n * sizeof *tokens);
    for (size_t t = 0; t < n; t++)
        ((int *)p->acts.targets)[t] = -1;
}

int end_of_text(const struct vocabulary *v)
{
    static const char spelling[] = "<|endoftext|>";

    for (size_t i = v->n_tokens; i-- > 0;)  /* it is the last one where it is published */
        if (v->kind == TOKENIZER_GPT2 && v->token[i].length == strlen(spelling) &&
            memcmp(v->token[i].at, spelling, strlen(spelling)) == 0)
            return (int)i;
    return -1;
}

double real_number(const char *option, const char *text, double low, double high)
{
    char *end;
    const double value = strtod(text, &end);

    if (end == text || *end || !(value >= low && value <= high)) {
        if (isfinite(high) && high < 1e300)
            die("%s: `%s` is not a number from %g to %g", option, text, low, high);
        die("%s: `%s` is not a number of at least %g", option, text, low);
    }
    return value;
}

struct tokens parse_ids(const char *option, const char *text, size_t V)
{
    struct tokens tokens = {0};

    while (*(text += strspn(text, " \t\r\n"))) {
        const size_t length = strcspn(text, " \t\r\n");
        char *end;
        errno = 0;
        const long id = strtol(text, &end, 10);
        if (end != text + length || !isdigit((unsigned char)*text) || errno || (size_t)id >= V)
            die("%s: `%.*s` is no id of this model, which has 0 to %zu", option,
                (int)(length < 40 ? length : 40), text, V - 1);
        tokens_add(&tokens, &(int){(int)id}, 1);
        text += length;
    }
    return tokens;
}

struct text read_all(const char *option, const char *path)
{
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    const char *name = f == stdin ? "standard input" : path;
    struct text text = {0};
    size_t n;

    if (!f)
        die("%s: %s cannot be read: %s", option, name, strerror(errno));
    do {
        text_reserve(&text, 1 << 16);
        n = fread(text.at + text.length, 1, text.room - text.length, f);
        text.length += n;
    } while (n > 0);
    if (ferror(f))
        die("%s: %s cannot be read: %s", option, name, strerror(errno));
    if (f != stdin)
        fclose(f);
    text_add(&text, "", 1);
    text.length--;
    return text;
}
