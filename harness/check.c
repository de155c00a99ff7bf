/* check.c: the command check: runs subjects on a golden's input and compares
 * every tensor, local and chain. */
#include "check.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_gradients.h"
#include "commands.h"
#include "diagnosis/diagnosis.h"
#include "cases/cases_check.h"
#include "die.h"
#include "exec_check.h"
#include "exercise/exercises.h"
#include "gradient_check.h"
#include "judge.h"
#include "partial.h"
#include "report.h"
#include "words.h"
#include "yardstick.h"

/* ------------------------------------------------------------ the reference */

static void name_golden(struct reference *r)
{
    const char *slash = strrchr(r->golden_path, '/');

    snprintf(r->name, sizeof r->name, "%s", slash ? slash + 1 : r->golden_path);
    char *ending = strstr(r->name, ".golden.h5");
    if (!ending)
        ending = strstr(r->name, ".h5");
    if (ending)
        *ending = '\0';
}

struct reference reference_open(const char *model_path, const char *golden_path,
                                const struct options *o)
{
    struct reference r = {.model_path = model_path, .golden_path = golden_path};
    struct config cfg;

    r.golden = trace_open(golden_path);
    if (model_path) {
        r.model = model_open(model_path);
        trace_check_input(r.golden, &r.model->cfg);
        if (r.golden->model[0] && strcmp(r.golden->model, r.model->name) != 0)
            warn("%s was made from the model `%s`, %s is `%s`", golden_path, r.golden->model,
                 model_path, r.model->name);
        cfg = r.model->cfg;
    } else {
        cfg = trace_config(r.golden);
    }
    name_golden(&r);
    r.graph = graph_make(&cfg, r.golden->B, r.golden->T);
    check_selection(o, r.graph);
    r.forward = shelf_make(r.golden, r.graph, FORWARD, true);
    r.want = shelf_take_all(r.forward, r.model ? MOST_WITH_MODEL : MOST_OF_FILES);
    if (o->backward)
        read_gradients(&r, o);
    r.yard[LOCAL] = o->local && r.model ? yardsticks(r.golden, r.model, r.graph, r.forward, false)
                                        : NULL;
    r.yard[CHAIN] = o->chain ? yardsticks(r.golden, r.model, r.graph, r.forward, true) : NULL;
    return r;
}

void reference_close(struct reference *r)
{
    shelf_give_all(r->forward, r->want);
    shelf_free(r->forward);
    free(r->yard[LOCAL]);
    free(r->yard[CHAIN]);
    shelf_give_all(r->backward, r->dwant);
    shelf_give_all(r->grad, r->gwant);
    shelf_free(r->backward);
    shelf_free(r->grad);
    free(r->dyard[LOCAL]);
    free(r->dyard[CHAIN]);
    graph_free(r->graph);
    trace_close(r->golden);
    model_close(r->model);
}

/* --------------------------------------------------------------- the verdicts */

struct result *new_result(struct results *all, const struct reference *r, struct node node,
                          size_t place, const char *subject, enum mode mode,
                          const char *repeat)
{
    struct result *x = results_add(all);

    snprintf(x->model, sizeof x->model, "%s", r->model ? r->model->name : r->golden->model);
    snprintf(x->golden, sizeof x->golden, "%s", r->name);
    snprintf(x->subject, sizeof x->subject, "%s", subject);
    x->model_path = r->model_path;
    x->golden_path = r->golden_path;
    x->repeat = repeat;
    x->mode = mode;
    x->node = node;
    x->place = place;
    x->products = takes_products(r->graph, place, mode == CHAIN);
    x->precision = all->precision && all->precision->products_only && !x->products
                       ? precision_of_width(4) : all->precision;
    return x;
}

/* The failure that node i follows from, or NULL. root[] is by node. */
static const char *root_of(const struct graph *g, const char *const *root, size_t i)
{
    for (size_t k = 0; k < g->node[i].n_in; k++)
        if (root[g->node[i].in[k]])
            return root[g->node[i].in[k]];
    return NULL;
}

void mark_consequences(struct results *all, size_t first, const struct graph *g)
{
    const char **root = allocate(g->n_nodes, sizeof *root);
    size_t at = first;

    for (size_t i = 0; i < g->n_nodes; i++) {
        root[i] = root_of(g, root, i);
        while (at < all->count && all->item[at].place < i)
            at++;
        if (at == all->count || all->item[at].place != i || all->item[at].status != FAIL)
            continue;
        struct result *x = &all->item[at];
        if (!x->measured)
            continue;  /* what is missing follows from nothing, and nothing from it */
        if (!root[i]) {
            root[i] = g->node[i].name;
            continue;
        }
        x->status = SKIP;
        x->consequence = true;
        snprintf(x->reason, sizeof x->reason, "consequence of %s", root[i]);
    }
    free(root);
}

const char *cannot_compare(const struct reference *r, size_t i)
{
    if (r->graph->node[i].op == OP_LOSS && !r->golden->has_targets)
        return "the golden has no targets";
    return shelf_has(r->forward, i) ? NULL : "the golden has no such tensor";
}

bool follows_wrong(const struct graph *g, const bool *wrong, size_t i)
{
    for (size_t k = 0; k < g->node[i].n_in; k++)
        if (wrong[g->node[i].in[k]])
            return true;
    return false;
}

void judge_in_chain(struct result *x, const struct reference *r, const struct array *got,
                    size_t width, bool *wrong, size_t i)
{
    const char *why = cannot_compare(r, i);

    if (why) {
        x->status = SKIP;
        snprintf(x->reason, sizeof x->reason, "%s", why);
        return;
    }
    const struct array want = shelf_array(r->forward, i);
    x->consequence = wrong[i];
    judge_arrays(x, got, &want, width, &r->yard[CHAIN][i]);
    shelf_give(r->forward, i);
    wrong[i] |= x->status == FAIL;
    x->consequence = false;  /* mark_consequences says */
}

/* A forward pass that is being judged. */
struct chain {
    struct results *all;
    const struct reference *r;
    const struct subject *subject;
    const struct options *o;
    const char *repeat;
    double **got;  /* all tensors, where they fit in memory, or NULL */
    bool *wrong;   /* by node */
};

static void judge_made(void *context, const struct node *n, const void *tensor)
{
    const struct chain *c = context;
    const struct graph *g = c->r->graph;
    const size_t i = (size_t)(n - g->node), width = c->subject->width;
    double *x = allocate(n->count, sizeof *x);

    widen(x, tensor, width, n->count);
    c->wrong[i] = follows_wrong(g, c->wrong, i);
    if (selects(c->o, n)) {
        const struct array array = array_in_memory(n, x);
        judge_in_chain(new_result(c->all, c->r, *n, i, c->subject->name, CHAIN, c->repeat), c->r,
                       &array, width, c->wrong, i);
    }
    if (c->got)
        c->got[i] = x;
    else
        free(x);
}

static void check_chain(struct results *all, const struct reference *r,
                        const struct runner *run, const struct options *o, const char *repeat)
{
    const size_t first = all->count, n = r->graph->n_nodes;
    struct chain c = {all, r, run->subject, o, repeat,
                      r->want ? allocate(n, sizeof *c.got) : NULL, allocate(n, sizeof *c.wrong)};

    run_and_visit(run, r->golden->tokens, r->golden->targets, judge_made, &c);
    mark_consequences(all, first, r->graph);
    if (c.got) {
        diagnose_chain(all, first, c.got);
        free_all((void **)c.got, n);
    }
    free(c.wrong);
}

/* What is wrong with the outputs of an op, where any is. */
static void diagnose_outputs(struct results *all, const struct reference *r, size_t start,
                             size_t first, size_t n_out, const double *const in[],
                             double *const out[])
{
    double *want[MAX_OUTPUTS] = {NULL};

    if (!first_failure(all, start))
        return;
    for (size_t k = 0; k < n_out; k++) {
        shelf_take(r->forward, first + k);
        want[k] = r->forward->tensor[first + k].data;
    }
    for (size_t k = 0; k < n_out; k += outputs_of(r->graph, first + k)) {
        const double *const own[MAX_INPUTS] = {k ? out[k - 1] : NULL};  /* within mlp */
        diagnose_op(all, start, first + k, k ? own : in, out + k, want + k);
    }
    for (size_t k = 0; k < n_out; k++)
        shelf_give(r->forward, first + k);
}

/* One op on the golden's tensors: the verdicts on its outputs. */
static void check_op(struct results *all, const struct reference *r, const struct runner *run,
                     const struct options *o, size_t first, size_t n_out, const char *repeat)
{
    const struct graph *g = r->graph;
    const struct node *n = &g->node[first];
    const double *in[MAX_INPUTS] = {NULL};
    double *out[MAX_OUTPUTS];
    const char *missing = NULL;
    const size_t start = all->count;

    for (size_t k = 0; k < n->n_in; k++) {
        in[k] = shelf_take(r->forward, n->in[k]);
        if (!in[k])
            missing = g->node[n->in[k]].name;
    }
    for (size_t k = 0; k < n_out; k++)
        out[k] = allocate(n[k].count, sizeof(double));
    if (!missing)
        run_local(run, first, n_out, in, r->golden->tokens, r->golden->targets, out);
    for (size_t k = 0; k < n_out; k++) {
        if (!selects(o, &n[k]))
            continue;
        struct result *x = new_result(all, r, n[k], first + k, run->subject->name, LOCAL,
                                      repeat);
        const char *why = cannot_compare(r, first + k);
        if (why || missing) {
            x->status = SKIP;
            snprintf(x->reason, sizeof x->reason, "%s%s", why ? why : "the golden lacks its input ",
                     why ? "" : missing);
        } else {
            const struct array got = array_in_memory(&n[k], out[k]);
            const struct array want = shelf_array(r->forward, first + k);
            judge_arrays(x, &got, &want, run->subject->width, &r->yard[LOCAL][first + k]);
            shelf_give(r->forward, first + k);
        }
    }
    diagnose_outputs(all, r, start, first, n_out, in, out);
    for (size_t k = 0; k < n->n_in; k++)
        shelf_give(r->forward, n->in[k]);
    for (size_t k = 0; k < n_out; k++)
        free(out[k]);
}

static void check_local(struct results *all, const struct reference *r,
                        const struct runner *run, const struct options *o, const char *repeat)
{
    const struct graph *g = r->graph;
    size_t n_out;

    for (size_t i = 0; i < g->n_nodes; i += n_out) {
        bool any = false;

        n_out = made_at_once(run->subject, g, i);
        for (size_t k = 0; k < n_out; k++)
            any |= selects(o, &g->node[i + k]) && owns_node(run->subject, &g->node[i + k]);
        if (any)
            check_op(all, r, run, o, i, n_out, repeat);
    }
}

const char *first_failure(struct results *all, size_t start)
{
    for (size_t i = start; i < all->count; i++)
        if (all->item[i].status == FAIL && all->item[i].measured)
            return results_keep(all, all->item[i].node.name);
    return NULL;
}

void judge_subject(struct results *all, const struct reference *r, const struct runner *run,
                   const struct options *o, const char *repeat)
{
    if (o->local) {
        if (o->forward)
            check_local(all, r, run, o, repeat);
        if (r->has_gradients)
            check_gradients(all, r, run, LOCAL, o, repeat, NULL);
    }
    if (o->chain) {
        const size_t start = all->count;
        if (o->forward)
            check_chain(all, r, run, o, repeat);
        if (r->has_gradients)
            check_gradients(all, r, run, CHAIN, o, repeat, first_failure(all, start));
    }
}

/* What does not fit in memory is read as it is needed. Else the subject runs as a whole. */
static struct runner runner_for(const struct reference *r, const struct subject *s)
{
    size_t weights = 0;

    for (size_t i = 0; i < r->graph->n_weights; i++)
        weights += r->graph->weight[i].count;
    return (r->want && weights <= MOST_WITH_MODEL ? runner_make : runner_from_file)(s, r->model,
                                                                                  r->graph);
}

static void check_golden(struct results *all, const char *model_path, const char *golden_path,
                         const struct options *o)
{
    struct reference r = reference_open(model_path, golden_path, o);
    char words[3][4200], repeat[13000];
    const size_t first = all->count;

    diagnosis_begin(all, &r);
    char *names = copy_text(o->subject ? o->subject : builtin_subjects());
    for (char *name = strtok(names, ","); name; name = strtok(NULL, ",")) {
        struct runner run = runner_for(&r, subject_load(name));
        snprintf(repeat, sizeof repeat,
                 "build/touchstone check --model %s --golden %s --subject %s%s%s",
                 shell_word(words[0], sizeof words[0], model_path),
                 shell_word(words[1], sizeof words[1], golden_path),
                 shell_word(words[2], sizeof words[2], name),
                 o->precision ? " --precision " : "", o->precision ? o->precision : "");
        const char *kept = results_keep(all, repeat);
        judge_subject(all, &r, &run, o, kept);
        runner_free(&run);
    }
    free(names);
    recognise_rounding(all, first);
    diagnosis_end(all);
    if (all->count > first)
        report_golden(all, first, &r, o);
    reference_close(&r);
}

/* ---------------------------------------------------------------- the command */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The golden files in a folder, sorted; *count is set. */
static char **list_goldens(const char *folder, size_t *count)
{
    static const char ending[] = ".golden.h5";
    DIR *dir = opendir(folder);
    char **names = NULL;

    if (!dir)
        die("--fixtures %s: cannot be read as a folder", folder);
    *count = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        const size_t length = strlen(e->d_name);
        if (length < sizeof ending ||
            strcmp(e->d_name + length - (sizeof ending - 1), ending) != 0)
            continue;
        names = realloc(names, (*count + 1) * sizeof *names);
        const size_t room = strlen(folder) + length + 2;
        char *path = allocate(room, 1);
        if (!names)
            die("no memory for the list of goldens");
        snprintf(path, room, "%s/%s", folder, e->d_name);
        names[(*count)++] = path;
    }
    closedir(dir);
    if (*count)
        qsort(names, *count, sizeof *names, by_name);
    return names;
}

/* gpt2-tiny.prose.golden.h5 belongs to gpt2-tiny.model.h5: up to the first dot
 * of the file's name. */
static char *model_of(const char *golden)
{
    const char *slash = strrchr(golden, '/');
    const size_t stem = (size_t)(strchr(slash + 1, '.') - golden);
    const size_t room = stem + sizeof ".model.h5";
    char *path = allocate(room, 1);

    snprintf(path, room, "%.*s.model.h5", (int)stem, golden);
    return path;
}

static bool is_wanted(const char *model_path, const char *only)
{
    const char *stem = strrchr(model_path, '/') + 1;

    return !only || (strncmp(stem, only, strlen(only)) == 0 && stem[strlen(only)] == '.');
}

static bool has_layer(const char *model_path, int layer)
{
    if (layer < 0)
        return true;
    struct model *m = model_open(model_path);
    const bool has = (size_t)layer < m->cfg.n_layer;
    model_close(m);
    return has;
}

static void each_fixture(const struct options *o, golden_visitor *visit, void *context)
{
    size_t count, done = 0;
    char **goldens = list_goldens(o->fixtures, &count);

    for (size_t i = 0; i < count; i++) {
        char *model = model_of(goldens[i]);
        if (is_wanted(model, o->only) && has_layer(model, o->layer)) {
            visit(context, model, goldens[i]);
            done++;
        }
        free(model);
    }
    free_all((void **)goldens, count);
    if (done == 0 && o->only)
        die("--only %s: %s holds no golden of a model of that name%s", o->only, o->fixtures,
            o->layer >= 0 ? " with that layer" : "");
    if (done == 0 && o->layer >= 0)
        die("--layer %d: no model in %s has that layer", o->layer, o->fixtures);
    if (done == 0)
        die("--fixtures %s: holds no golden (*.golden.h5)", o->fixtures);
}

void each_golden(const struct options *o, golden_visitor *visit, void *context)
{
    if (o->fixtures ? o->model || o->golden : !o->model || !o->golden || o->only)
        die("check needs --model M --golden G, or --fixtures FOLDER [--only NAME]");
    if (o->fixtures)
        each_fixture(o, visit, context);
    else
        visit(context, o->model, o->golden);
}

/* What check_visited needs besides the paths. */
struct checking {
    struct results *all;
    const struct options *o;
};

static void check_visited(void *context, const char *model, const char *golden)
{
    const struct checking *c = context;

    (c->o->exec ? exec_check : check_golden)(c->all, results_keep(c->all, model),
                                             results_keep(c->all, golden), c->o);
}

int command_check(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--gradient-check") == 0)
            return gradient_check(argc, argv);
    if (asks_for_exercise(argc, argv))
        return command_exercise(argc, argv);
    const struct options o = options_read(
        argc, argv, "--model --golden --fixtures --only --subject --mode --direction --step "
        "--layer --tensor --precision --exec --timeout --json --junit --tsv --strict --quiet "
        "--verbose --gradient-check", NULL);
    struct results all = {.precision = o.precision ? precision_find(o.precision) : NULL};
    struct checking c = {&all, &o};

    exec_options(&o);
    if (!only_cases(&o))
        each_golden(&o, check_visited, &c);
    check_cases(&all, &o);
    if (all.count == 0)
        partial_selects_nothing(o.subject, true);
    return report_end(&all, &o);
}
