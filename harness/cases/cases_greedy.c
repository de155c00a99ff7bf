/* cases_greedy.c: cases of step 06 as a whole: how a model goes on with a prompt, always with
 * the likeliest token. fixtures/sampling/greedy.txt has what the reference model says, where
 * no rounding can make that another token (ref/sampling.py). */
#include "cases_group.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "files/model.h"

enum { LONGEST = 128 };

/* A line of greedy.txt: a prompt, and how the model goes on. */
struct story {
    char model[64];
    int token[LONGEST];
    size_t n_prompt, n;          /* tokens of the prompt, and of all */
};

struct stories {
    struct story *story;         /* [n] */
    size_t n;
    const char *name;            /* of the model of the group under way */
    struct graph *graph;         /* and the model, as many tokens as it knows */
    void **weight;
};

static size_t read_ids(int *id, size_t room, const char *text)
{
    size_t n = 0;
    char *end;

    for (long next = strtol(text, &end, 10); end != text && n < room;
         next = strtol(text, &end, 10)) {
        id[n++] = (int)next;
        text = end;
    }
    return n;
}

static struct stories read_stories(const struct case_run *r)
{
    struct stories all = {0};
    char path[4200], line[1024];
    FILE *f = fopen(case_path(path, sizeof path, r, cases_folder(6), "greedy.txt"), "r");

    if (!f)
        die("%s: cannot be read: the cases of step 06 are missing", path);
    while (fgets(line, sizeof line, f)) {
        struct story s = {0};
        char *prompt = strstr(line, " : "), *rest = prompt ? strstr(prompt + 3, " : ") : NULL;
        struct story *more = realloc(all.story, (all.n + 1) * sizeof *more);

        if (!rest || !more || prompt - line >= (ptrdiff_t)sizeof s.model)
            die("%s: line %zu is not `MODEL : ids : ids`", path, all.n + 1);
        *prompt = *rest = '\0';
        strcpy(s.model, line);
        s.n_prompt = read_ids(s.token, LONGEST, prompt + 3);
        s.n = s.n_prompt + read_ids(s.token + s.n_prompt, LONGEST - s.n_prompt, rest + 3);
        all.story = more;
        all.story[all.n++] = s;
    }
    fclose(f);
    return all;
}

/* All stories of one model, one after the other in the same cache. */
static void it_goes_on_greedily(struct marks *m, const struct case_run *r, const void *context)
{
    static const struct sampling greedy = {.temperature = 0, .top_p = 1};
    const struct stories *all = context;
    const size_t V = all->graph->cfg.n_vocab;
    struct engine *e = case_engine(r, all->graph, all->weight);
    void *logits = allocate(V, r->subject->width);
    struct candidate *room = allocate(V, sizeof *room);

    for (size_t i = 0; i < all->n; i++) {
        const struct story *s = &all->story[i];
        int got[LONGEST];

        if (strcmp(s->model, all->name) != 0)
            continue;
        case_ids(m, s->token, s->n_prompt);
        r->subject->engine->prefill(e, logits, s->token, s->n_prompt);
        for (size_t t = s->n_prompt; t < s->n; t++) {
            const size_t next = r->ops->sample(logits, V, &greedy, 0, room);
            got[t] = next < V ? (int)next : 0;
            r->subject->engine->decode(e, logits, t, got[t]);
        }
        case_end_ids(m, got + s->n_prompt, s->n - s->n_prompt, s->token + s->n_prompt,
                     s->n - s->n_prompt);
    }
    r->subject->engine->close(e);
    free(logits);
    free(room);
}

static void run_model(struct case_run *r, struct stories *all)
{
    char name[MAX_NAME + 64], path[4200], file[80];
    const char *lacks = lacks_decoding(r) ? lacks_decoding(r) : LACKS(r, sample);

    snprintf(file, sizeof file, "%s.model.h5", all->name);
    struct model *model = model_open(case_path(path, sizeof path, r, "", file));
    all->graph = graph_make(&model->cfg, 1, model->cfg.n_ctx);
    all->weight = model_weights(model, all->graph, r->subject->width);
    snprintf(name, sizeof name, "greedy/%s", all->name);
    case_group(r, name, lacks, it_goes_on_greedily, all);
    free_all(all->weight, all->graph->n_weights);
    graph_free(all->graph);
    model_close(model);
}

void cases_greedy(struct case_run *r)
{
    struct stories all = read_stories(r);

    for (size_t i = 0; i < all.n; i++) {
        bool seen = false;

        all.name = all.story[i].model;
        for (size_t k = 0; k < i && !seen; k++)
            seen = strcmp(all.story[k].model, all.name) == 0;
        if (!seen && case_wanted(r, all.name))
            run_model(r, &all);
    }
    free(all.story);
}
