/* count.c: the command count: how many parameters a model has, in what, and how many
 * multiplications it takes to make a token.
 *
 * The parameters of a model file come from the one table of weights (graph.h). Each weight
 * belongs to one of eight kinds of matrices, or to what stands beside them: positions,
 * biases and layer norms. Query, key and value are a third of c_attn each. A head's
 * query, key and value maps are matrices of their own, [C, D], and so is its part of the
 * output map, [D, C], if one counts it so; a layer's output map [C, C] holds all of them.
 *
 * The unembedding is the embedding's matrix again ("tied"): a model file holds it once.
 * Counted twice ("untied") it gives the figures of those who list it as a kind of its own.
 *
 * Multiply-adds for one token: each matrix that its vector passes costs one for each
 * parameter; the embedding is looked up and costs none. Attention costs 2 C for each token
 * that can be seen, in each layer: C for the scores of all heads, C to mix the values.
 * Biases, layer norms, softmax and GELU are not counted; they grow with C and not C^2. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "die.h"
#include "files/model.h"
#include "shapes.h"

enum kind {
    EMBEDDING, QUERY, KEY, VALUE, OUTPUT, UP, DOWN, UNEMBEDDING, MATRICES,
    POSITIONS = MATRICES, BIASES, NORMS, KINDS
};

static const char *const kind_name[KINDS] = {
    "embedding", "query", "key", "value", "output", "up-projection", "down-projection",
    "unembedding", "positions", "biases", "layer norms"};

struct count {
    struct config cfg;
    const char *name;
    size_t n[KINDS];  /* parameters */
};

/* ---------------------------------------------------------------------- counting */

static int ends(const char *name, const char *end)
{
    const size_t n = strlen(name), m = strlen(end);

    return n >= m && strcmp(name + n - m, end) == 0;
}

static void count_weight(struct count *c, const struct weight *w)
{
    if (ends(w->name, "attn.c_attn.weight")) {
        c->n[QUERY] += w->count / 3;
        c->n[KEY] += w->count / 3;
        c->n[VALUE] += w->count / 3;
    } else if (ends(w->name, "wte")) {
        c->n[EMBEDDING] += w->count;
        c->n[UNEMBEDDING] += w->count;
    } else {
        c->n[ends(w->name, "attn.c_proj.weight") ? OUTPUT :
             ends(w->name, "mlp.c_fc.weight") ? UP :
             ends(w->name, "mlp.c_proj.weight") ? DOWN :
             ends(w->name, "wpe") ? POSITIONS :
             strstr(w->name, "ln_") ? NORMS : BIASES] += w->count;
    }
}

static struct count count_weights(const struct config *cfg, const char *name)
{
    struct count c = {.cfg = *cfg, .name = name};
    struct graph *g = graph_make(cfg, 1, 1);

    for (size_t i = 0; i < g->n_weights; i++)
        count_weight(&c, &g->weight[i]);
    graph_free(g);
    return c;
}

static size_t sum(const struct count *c, int from, int to)
{
    size_t n = 0;

    for (int k = from; k < to; k++)
        n += c->n[k];
    return n;
}

/* How many matrices of that kind there are, with an output map for each layer. */
static size_t matrices(const struct config *cfg, int kind)
{
    const size_t L = cfg->n_layer, H = cfg->n_head;

    return kind == EMBEDDING || kind == UNEMBEDDING ? 1 :
           kind == OUTPUT || kind == UP || kind == DOWN ? L : L * H;
}

/* ---------------------------------------------------------------------- printing */

/* A number with commas, to the right of a column of `width`. */
static void print_number(size_t n, int width)
{
    char digits[32], text[48];
    const int length = snprintf(digits, sizeof digits, "%zu", n);
    int used = 0;

    for (int i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            text[used++] = ',';
        text[used++] = digits[i];
    }
    text[used] = '\0';
    printf("%*s", width, text);
}

static double percent(size_t part, size_t whole)
{
    return 100 * (double)part / (double)whole;
}

static void print_shape(const struct config *cfg, int kind)
{
    const size_t C = cfg->d_model, D = C / cfg->n_head, F = cfg->d_ff, V = cfg->n_vocab;
    const size_t shape[MATRICES][2] = {{V, C}, {C, D}, {C, D}, {C, D}, {C, C},
                                       {C, F}, {F, C}, {C, V}};
    char text[64];

    printf(" of %-16s", shape_text(text, sizeof text, 2, shape[kind]));
}

static void print_kinds(const struct count *c)
{
    const size_t untied = sum(c, 0, MATRICES), tied = untied - c->n[UNEMBEDDING];
    const size_t L = c->cfg.n_layer, H = c->cfg.n_head;
    size_t number = 0;

    printf("%-16s %11s %-19s %17s %9s %9s\n", "", "matrices", "", "parameters", "untied",
           "tied");
    for (int k = 0; k < MATRICES; k++) {
        number += matrices(&c->cfg, k);
        printf("%-16s ", kind_name[k]);
        print_number(matrices(&c->cfg, k), 11);
        print_shape(&c->cfg, k);
        print_number(c->n[k], 18);
        printf(" %7.2f %%", percent(c->n[k], untied));
        if (k == UNEMBEDDING)
            printf(" %9s\n", "-");
        else
            printf(" %7.2f %%\n", percent(c->n[k], tied));
    }
    printf("%-16s ", "eight kinds");
    print_number(number, 11);
    printf("%20s", "");
    print_number(untied, 18);
    printf("  untied\n%-16s ", "");
    print_number(number - 1, 11);
    printf("%20s", "");
    print_number(tied, 18);
    printf("  tied: the unembedding is the embedding\n");
    printf("With an output matrix for each head there are ");
    print_number(number - L + L * H, 0);
    printf(" matrices untied.\n");
}

/* The three groups that talks add up, with the output maps of attention in their own
 * group, left out, or beside the embedding. */
static void print_groups(const struct count *c)
{
    static const char *const where[] = {"in attention", "left out", "beside the embedding"};
    const size_t mlp = c->n[UP] + c->n[DOWN], qkv = c->n[QUERY] + c->n[KEY] + c->n[VALUE];

    printf("\n%-40s %10s %10s %10s\n", "shares of", "embedding", "MLP", "attention");
    for (int tied = 0; tied < 2; tied++)
        for (int w = 0; w < 3; w++) {
            const size_t out = c->n[OUTPUT];
            const size_t words = c->n[EMBEDDING] + (tied ? 0 : c->n[UNEMBEDDING]) +
                                 (w == 2 ? out : 0);
            const size_t attention = qkv + (w == 0 ? out : 0), all = words + mlp + attention;

            printf("%-8soutput maps %-20s %8.1f %% %8.1f %% %8.1f %%\n",
                   tied ? "tied," : "untied,", where[w], percent(words, all), percent(mlp, all),
                   percent(attention, all));
        }
}

static void print_total(const char *name, size_t n)
{
    printf("%-22s ", name);
    print_number(n, 17);
    print_number(4 * n, 19);
    print_number(2 * n, 19);
    putchar('\n');
}

static void print_totals(const struct count *c)
{
    const size_t tied = sum(c, 0, UNEMBEDDING), all = sum(c, POSITIONS, KINDS);

    printf("\n%-22s %17s\n", "beside the matrices", "parameters");
    for (int k = POSITIONS; k < KINDS; k++) {
        printf("%-22s ", kind_name[k]);
        print_number(c->n[k], 17);
        putchar('\n');
    }
    printf("\n%-22s %17s %18s %18s\n", "in all", "parameters", "bytes as float32",
           "bytes as float16");
    print_total("matrices, tied", tied);
    print_total("matrices, untied", tied + c->n[UNEMBEDDING]);
    print_total("everything, tied", tied + all);
    print_total("everything, untied", tied + c->n[UNEMBEDDING] + all);
}

static void print_work(const struct count *c)
{
    const size_t L = c->cfg.n_layer, C = c->cfg.d_model, T = c->cfg.n_ctx;
    const size_t linear = sum(c, QUERY, MATRICES), each = 2 * L * C;

    printf("\nmultiply-adds for one token\n");
    print_number(linear, 19);
    printf("  in the matrices, whatever the context\n");
    print_number(each, 19);
    printf("  in attention for each token seen: 2 L C\n");
    print_number(each * T, 19);
    printf("  in attention for the last of T = %zu tokens: 2 L C T (%.1f %% of all)\n", T,
           percent(each * T, each * T + linear));
    print_number(L * C * (T + 1), 19);
    printf("  in attention on average over a text of %zu: L C (T + 1)\n", T);
    printf("Attention takes as many as the matrices where ");
    print_number((linear + each - 1) / each, 0);
    printf(" tokens are seen.\n");
}

/* --------------------------------------------------------------------- the command */

/* The value of `--option VALUE` or `--option=VALUE` at argv[*i], or NULL where another
 * option stands there. */
static const char *value_of(const char *option, int argc, char **argv, int *i)
{
    const size_t length = strlen(option);
    const char *value = NULL;

    if (strncmp(argv[*i], option, length) != 0)
        return NULL;
    if (argv[*i][length] == '=')
        value = argv[*i] + length + 1;
    else if (argv[*i][length])
        return NULL;
    else if (*i + 1 < argc)
        value = argv[++*i];
    if (!value || !*value)
        die("%s needs a value", option);
    return value;
}

int command_count(int argc, char **argv)
{
    const char *path = NULL, *like = NULL;

    for (int i = 0; i < argc; i++) {
        const char *model = value_of("--model", argc, argv, &i);
        const char *shape = model ? NULL : value_of("--like", argc, argv, &i);

        if (!model && !shape)
            die("`%s` is not expected here: this command takes --model M or --like NAME",
                argv[i]);
        path = model ? model : path;
        like = shape ? shape : like;
    }
    if (!path == !like)
        die("count needs --model M or --like NAME, and one of them");
    struct model *m = path ? model_open(path) : NULL;
    const struct config *cfg = m ? &m->cfg : shape_find("--like", like);
    const struct count c = count_weights(cfg, m ? m->name : like);

    printf("%s: %s, L=%zu C=%zu H=%zu F=%zu V=%zu n_ctx=%zu\n", c.name,
           cfg->family == GPT1 ? "gpt1" : "gpt2", cfg->n_layer, cfg->d_model, cfg->n_head,
           cfg->d_ff, cfg->n_vocab, cfg->n_ctx);
    print_kinds(&c);
    print_groups(&c);
    print_totals(&c);
    print_work(&c);
    model_close(m);
    return 0;
}
