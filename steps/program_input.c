/* program_input.c: tokens for the step programs, from the command line or from
 * another trace. */
#include "program_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "files/trace.h"
#include "files/vocabulary.h"

char **read_vocabulary(struct model *m)
{
    struct vocabulary *v = vocabulary_from_model(m);
    char **texts = v ? vocabulary_texts(v) : NULL;

    vocabulary_free(v);
    return texts;
}

const char *token_text(const struct program *p, int token)
{
    static char text[24];

    if (p->token)
        return p->token[token];
    snprintf(text, sizeof text, "%d", token);
    return text;
}

/* The bytes of the first `width` characters of a UTF-8 text, and how many
 * characters these are: every byte but 10xxxxxx begins one. */
static int bytes_of(const char *text, int width, int *characters)
{
    int n = 0;

    *characters = 0;
    for (; text[n]; n++) {
        const int begins = (text[n] & 0xC0) != 0x80;
        if (begins && *characters == width)
            break;
        *characters += begins;
    }
    return n;
}

void print_token(const struct program *p, int token, int width)
{
    const char *text = token_text(p, token);
    int characters;
    const int bytes = bytes_of(text, width, &characters);

    printf("%*s%.*s", width - characters, "", bytes, text);
}

/* Whether a word means the token of that spelling: in full, or without the mark of
 * a space before it (GPT-2) or behind it (GPT-1). */
static int means(const char *word, const char *spelling)
{
    static const char space_before[] = "\304\240", space_behind[] = "</w>";
    const size_t length = strlen(word);

    if (strncmp(spelling, space_before, 2) == 0 && strcmp(spelling + 2, word) == 0)
        return 1;
    return strncmp(spelling, word, length) == 0 &&
           (!spelling[length] || strcmp(spelling + length, space_behind) == 0);
}

int token_of(const struct program *p, const char *word)
{
    const size_t V = p->model->cfg.n_vocab;
    char *end;
    const long number = strtol(word, &end, 10);

    if (!*end && number >= 0 && (size_t)number < V)
        return (int)number;
    for (size_t v = 0; p->token && v < V; v++)
        if (means(word, p->token[v]))
            return (int)v;
    die("`%s` is no token of this model, which has %zu", word, V);
}

/* "0 3 5" or "He llo": ids, or spellings where the model has them. */
static int *parse_tokens(const struct program *p, size_t *T)
{
    int *tokens = allocate(strlen(p->tokens) / 2 + 1, sizeof *tokens);
    char *copy = allocate(strlen(p->tokens) + 1, 1);

    strcpy(copy, p->tokens);
    *T = 0;
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        tokens[(*T)++] = token_of(p, word);
    free(copy);
    return tokens;
}

void begin_trace(const struct program *p)
{
    struct acts a = {.B = 1};
    struct trace *from = NULL;
    int *own_tokens = NULL, *own_targets = NULL;

    if (p->input) {
        from = trace_open(p->input);
        trace_check_input(from, &p->model->cfg);
        a = (struct acts){.B = from->B, .T = from->T, .tokens = from->tokens,
                          .targets = from->has_targets ? from->targets : NULL};
    } else {
        a.tokens = own_tokens = parse_tokens(p, &a.T);
        if (a.T == 0 || a.T > p->model->cfg.n_ctx)
            die("--tokens: %zu tokens: 1 to %zu (n_ctx) are possible", a.T,
                p->model->cfg.n_ctx);
        own_targets = allocate(a.T, sizeof *own_targets);
        for (size_t t = 0; t < a.T; t++)
            own_targets[t] = t + 1 < a.T ? own_tokens[t + 1] : -1;
        a.targets = a.T > 1 ? own_targets : NULL;
    }
    struct store *s = store_create(p->trace_path);
    trace_begin(s, p->model->cfg.family, p->model->name, "touchstone, the step programs", a.B,
                a.T, a.tokens, a.targets);
    store_commit(s);
    trace_close(from);
    free(own_tokens);
    free(own_targets);
}
