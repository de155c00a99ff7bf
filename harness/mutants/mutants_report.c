/* mutants_report.c: what came of the known mistakes: a table, JSON, and TSV. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "formats.h"
#include "mutants.h"

static const char *verdict_name(enum verdict v)
{
    static const char *const names[] = {"caught", "missed", "not visible", "not tried"};
    return names[v];
}

/* How far over its bar, as a short text. Returns text. */
static char *factor_text(char *text, size_t size, const struct finding *f)
{
    if (f->cases)
        snprintf(text, size, "%zu of %zu", f->wrong, f->cases);
    else if (isfinite(f->factor))
        snprintf(text, size, "%.1e", f->factor);
    else
        snprintf(text, size, "not finite");
    return text;
}

static void print_row(const struct mistake *m, const struct finding *f, const struct options *o)
{
    char factor[48];

    printf("  %-21s %-7s %-11s", m->id, m->step, verdict_name(f->verdict));
    if (f->tensor[0])
        printf(" %-12s %-27s %-5s %12s  %s%s", f->golden, f->tensor, f->mode,
               factor_text(factor, sizeof factor, f),
               f->named_rightly ? "rightly" : f->named[0] ? "as " : "-",
               f->named_rightly ? "" : f->named);
    if (f->tensor[0] && !f->located)
        printf("  should show at %s", m->tensors);
    if (f->why[0])
        printf(" %s", f->why);
    if (o->verbose && f->tried > 1)
        printf("  visible on %zu of %zu goldens", f->seen, f->tried);
    putchar('\n');
}

static void print_correct(const struct findings *all)
{
    printf("  subjects without mistakes\n");
    for (size_t i = 0; i < all->n_correct; i++) {
        const struct finding *g = &all->g[i];
        const char *slash = strrchr(all->correct[i], '/');

        printf("  %-21s %zu goldens, %zu tensors over their bars, named: %s",
               slash ? slash + 1 : all->correct[i], g->tried, g->failed,
               g->named[0] ? g->named : "nothing");
        printf(g->named[0] ? " (%s, %s)\n" : "\n", g->golden, g->tensor);
    }
}

static void print_table(const struct findings *all, const struct options *o)
{
    printf("  %-21s %-7s %-11s %-12s %-27s %-5s %12s  %s\n", "mistake", "step", "verdict",
           "golden", "first wrong tensor", "mode", "over bar", "named");
    for (size_t i = 0; i < all->count; i++)
        print_row(all->mistake[i], &all->f[i], o);
    if (all->n_correct)
        print_correct(all);
}

/* The sums of all. */
struct sums {
    size_t caught, missed, not_visible, not_tried;
    size_t at_tensors;         /* caught, and not a checker's */
    size_t located, named;     /* of these */
    size_t misnamed;           /* subjects without mistakes that are named as mistaken */
};

static struct sums add_up(const struct findings *all)
{
    struct sums s = {0};

    for (size_t i = 0; i < all->count; i++) {
        const struct finding *f = &all->f[i];
        const bool at_tensor = f->verdict == CAUGHT && f->tensor[0];

        s.caught += f->verdict == CAUGHT;
        s.missed += f->verdict == MISSED;
        s.not_visible += f->verdict == NOT_VISIBLE;
        s.not_tried += f->verdict == NOT_TRIED;
        s.at_tensors += at_tensor;
        s.located += at_tensor && f->located;
        s.named += at_tensor && f->named_rightly;
    }
    for (size_t i = 0; i < all->n_correct; i++)
        s.misnamed += all->g[i].named[0] || all->g[i].verdict == MISSED;
    return s;
}

static double percent(size_t part, size_t whole)
{
    return whole ? 100 * (double)part / (double)whole : 100;
}

static void print_sums(const struct findings *all, const struct sums *s)
{
    printf("caught: %zu of %zu visible mistakes (%.1f %%)\n", s->caught, s->caught + s->missed,
           percent(s->caught, s->caught + s->missed));
    printf("first wrong tensor where the mistake is: %zu of %zu (%.1f %%)\n", s->located,
           s->at_tensors, percent(s->located, s->at_tensors));
    printf("named rightly there: %zu of %zu (%.1f %%)\n", s->named, s->at_tensors,
           percent(s->named, s->at_tensors));
    if (all->n_correct)
        printf("named as mistaken without a mistake: %zu of %zu\n", s->misnamed,
               all->n_correct);
}

/* ---------------------------------------------------------------- for programs */

static json_t *number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *finding_json(const struct mistake *m, const struct finding *f)
{
    json_t *o = json_object();

    json_object_set_new(o, "id", json_string(m->id));
    json_object_set_new(o, "step", json_string(m->step));
    json_object_set_new(o, "file", json_string(m->file));
    json_object_set_new(o, "sentence", json_string(m->sentence));
    json_object_set_new(o, "reported", json_string(m->reported));
    json_object_set_new(o, "shows", json_string(m->tensors));
    json_object_set_new(o, "verdict", json_string(verdict_name(f->verdict)));
    json_object_set_new(o, "golden", json_string(f->golden));
    json_object_set_new(o, "tensor", json_string(f->tensor));
    json_object_set_new(o, "mode", json_string(f->mode));
    json_object_set_new(o, "located", json_boolean(f->located));
    json_object_set_new(o, "over_bar", number(f->tensor[0] && !f->cases ? f->factor
                                                                        : (double)NAN));
    json_object_set_new(o, "wrong_cases", json_integer((json_int_t)f->wrong));
    json_object_set_new(o, "cases", json_integer((json_int_t)f->cases));
    json_object_set_new(o, "named", json_string(f->named));
    json_object_set_new(o, "named_rightly", json_boolean(f->named_rightly));
    json_object_set_new(o, "tried", json_integer((json_int_t)f->tried));
    json_object_set_new(o, "visible", json_integer((json_int_t)f->seen));
    json_object_set_new(o, "reason", json_string(f->why));
    return o;
}

static void write_json(const struct findings *all, const struct sums *s, const char *path)
{
    json_t *root = json_object(), *list = json_array();

    json_object_set_new(root, "format", json_string("touchstone-mutants"));
    json_object_set_new(root, "format_version", json_integer(1));
    json_object_set_new(root, "caught", json_integer((json_int_t)s->caught));
    json_object_set_new(root, "missed", json_integer((json_int_t)s->missed));
    json_object_set_new(root, "not_visible", json_integer((json_int_t)s->not_visible));
    json_object_set_new(root, "not_tried", json_integer((json_int_t)s->not_tried));
    json_object_set_new(root, "at_tensors", json_integer((json_int_t)s->at_tensors));
    json_object_set_new(root, "located", json_integer((json_int_t)s->located));
    json_object_set_new(root, "named_rightly", json_integer((json_int_t)s->named));
    json_object_set_new(root, "correct", json_integer((json_int_t)all->n_correct));
    json_object_set_new(root, "correct_misnamed", json_integer((json_int_t)s->misnamed));
    for (size_t i = 0; i < all->count; i++)
        json_array_append_new(list, finding_json(all->mistake[i], &all->f[i]));
    json_object_set_new(root, "mistakes", list);
    json_write(root, 9, path);
}

static void write_tsv(const struct findings *all, const char *path)
{
    struct text file;

    text_begin(&file);
    fputs("id\tstep\tfile\tshows\tverdict\tgolden\ttensor\tmode\tlocated\tover_bar\t"
          "wrong_cases\tcases\tnamed\tnamed_rightly\ttried\tvisible\treason\tsentence\n",
          file.stream);
    for (size_t i = 0; i < all->count; i++) {
        const struct mistake *m = all->mistake[i];
        const struct finding *f = &all->f[i];

        fprintf(file.stream, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%.6e\t%zu\t%zu\t", m->id,
                m->step, m->file, m->tensors, verdict_name(f->verdict), f->golden, f->tensor,
                f->mode, f->located, f->factor, f->wrong, f->cases);
        fprintf(file.stream, "%s\t%d\t%zu\t%zu\t%s\t%s\n", f->named, f->named_rightly,
                f->tried, f->seen, f->why, m->sentence);
    }
    text_write(&file, "--tsv", path);
}

/* -------------------------------------------------------------------- the whole */

int report_mutants(const struct findings *all, const struct options *o)
{
    const struct sums s = add_up(all);

    if (o->json)
        write_json(all, &s, o->json);
    if (o->tsv)
        write_tsv(all, o->tsv);
    if (!o->quiet) {
        print_table(all, o);
        print_sums(all, &s);
    }
    printf("%zu passed, %zu failed, %zu skipped\n", s.caught + all->n_correct - s.misnamed,
           s.missed + s.misnamed, s.not_visible + s.not_tried);
    return s.missed + s.misnamed ? 1 : 0;
}

void list_mutants(const struct findings *all)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct mistake *m = all->mistake[i];

        printf("%-21s %-7s %s%s%s%s\n", m->id, m->step, m->sentence, m->reported[0] ? " (" : "",
               m->reported, m->reported[0] ? ")" : "");
    }
}
