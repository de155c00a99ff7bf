/* formats.c: writes results as docs/commands.md describes them. Each file is
 * made in memory and then written at once, so that none is left half done. */
#include "formats.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diagnosis/pattern.h"
#include "die.h"
#include "files/json_file.h"
#include "files/part.h"

/* ------------------------------------------------------------------ the files */

/* By now the file descriptor 1 is standard error: see options_read. */
static void write_to_stdout(const char *option, const char *text, size_t size)
{
    FILE *f = fdopen(dup(results_descriptor()), "w");

    if (!f || fwrite(text, 1, size, f) != size || fclose(f) != 0)
        die("%s: standard output cannot be written: %s", option, strerror(errno));
}

static void write_file(const char *option, const char *path, const char *text, size_t size)
{
    if (strcmp(path, "-") == 0)
        write_to_stdout(option, text, size);
    else
        part_write(option, path, text, size);
}

void text_begin(struct text *t)
{
    t->stream = open_memstream(&t->data, &t->size);
    if (!t->stream)
        die("no memory for the results");
}

void text_write(struct text *t, const char *option, const char *path)
{
    if (fclose(t->stream) != 0)
        die("no memory for the results");
    write_file(option, path, t->data, t->size);
    free(t->data);
}

/* ----------------------------------------------------------------------- JSON */

/* JSON has no NaN and no infinity: null. */
static json_t *number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *string(const char *text)
{
    char plain[8200];
    return json_string(make_plain(plain, sizeof plain, text));
}

static json_t *worst_index(const struct result *x)
{
    size_t index[MAX_RANK], flat = x->errors.worst[0];
    json_t *list = json_array();

    for (size_t axis = x->node.rank; axis-- > 0; flat /= x->node.dim[axis])
        index[axis] = flat % x->node.dim[axis];
    for (size_t axis = 0; axis < x->node.rank; axis++)
        json_array_append_new(list, json_integer((json_int_t)index[axis]));
    return list;
}

static json_t *tensor_json(const struct result *x)
{
    const bool any = x->measured && x->errors.n_worst > 0;
    json_t *t = json_object();

    json_object_set_new(t, "name", string(x->node.name));
    json_object_set_new(t, "subject", string(x->subject));
    json_object_set_new(t, "mode", json_string(mode_name(x->mode)));
    json_object_set_new(t, "step", json_integer(x->node.step));
    json_object_set_new(t, "layer", json_integer(x->node.layer));
    json_object_set_new(t, "status", json_string(status_name(x->status)));
    json_object_set_new(t, "rms_error", x->measured ? number(x->errors.rms) : json_null());
    json_object_set_new(t, "max_error", x->measured ? number(x->errors.max) : json_null());
    json_object_set_new(t, "bar", x->measured ? number(x->bar.rms) : json_null());
    json_object_set_new(t, "max_bar", x->measured ? number(x->bar.max) : json_null());
    json_object_set_new(t, "worst", any ? worst_index(x) : json_null());
    json_object_set_new(t, "got", any ? number(x->got[0]) : json_null());
    json_object_set_new(t, "want", any ? number(x->want[0]) : json_null());
    json_object_set_new(t, "elements", json_integer((json_int_t)x->node.count));
    json_object_set_new(t, "nonfinite", json_integer((json_int_t)x->errors.nonfinite));
    json_object_set_new(t, "looks_like",
                        x->looks_like ? json_string(x->looks_like->name) : json_null());
    json_object_set_new(t, "pattern", x->pattern[0] ? string(x->pattern) : json_null());
    json_object_set_new(t, "diagnosis", x->diagnosis ? string(x->diagnosis) : json_null());
    json_object_set_new(t, "likely", x->likely ? string(x->likely) : json_null());
    json_object_set_new(t, "reason", x->reason[0] ? string(x->reason) : json_null());
    json_object_set_new(t, "model", string(x->model));
    json_object_set_new(t, "golden", string(x->golden_path));
    return t;
}

/* The one model or golden of all results, or null where there are several. */
static json_t *common(const struct results *all, const char *text_of(const struct result *))
{
    for (size_t i = 1; i < all->count; i++)
        if (strcmp(text_of(&all->item[0]), text_of(&all->item[i])) != 0)
            return json_null();
    return all->count ? string(text_of(&all->item[0])) : json_null();
}

static const char *model_of(const struct result *x)
{
    return x->model;
}

static const char *golden_of(const struct result *x)
{
    return x->golden_path;
}

void json_write(json_t *root, int digits, const char *path)
{
    char *text = json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION((size_t)digits));
    struct text file;

    if (!text)
        die("--json: no memory for the results");
    text_begin(&file);
    fprintf(file.stream, "%s\n", text);
    text_write(&file, "--json", path);
    free(text);
    json_decref(root);
}

static void write_json(const struct results *all, const struct options *o)
{
    const struct totals t = results_count(all, 0, all->count, o->strict);
    const struct result *first = results_first_failure(all, o->strict);
    json_t *root = json_object(), *tensors = json_array();

    json_object_set_new(root, "format", json_string("touchstone-result"));
    json_object_set_new(root, "format_version", json_integer(1));
    json_object_set_new(root, "model", common(all, model_of));
    json_object_set_new(root, "golden", common(all, golden_of));
    json_object_set_new(root, "passed", json_integer((json_int_t)t.passed));
    json_object_set_new(root, "failed", json_integer((json_int_t)t.failed));
    json_object_set_new(root, "skipped", json_integer((json_int_t)t.skipped));
    json_object_set_new(root, "mistrusted", json_integer((json_int_t)t.mistrusted));
    json_object_set_new(root, "precision",
                        all->precision ? json_string(all->precision->name) : json_null());
    json_object_set_new(root, "first_failure", first ? string(first->node.name) : json_null());
    json_object_set_new(root, "diagnosis",
                        first && first->diagnosis ? string(first->diagnosis) : json_null());
    for (size_t i = 0; i < all->count; i++)
        json_array_append_new(tensors, tensor_json(&all->item[i]));
    json_object_set_new(root, "tensors", tensors);
    json_write(root, 17, o->json);
}

/* ------------------------------------------------------------------ JUnit XML */

static void put_xml(FILE *f, const char *from)
{
    char plain[8200];

    for (const char *text = make_plain(plain, sizeof plain, from); *text; text++)
        switch (*text) {
        case '&': fputs("&amp;", f); break;
        case '<': fputs("&lt;", f); break;
        case '>': fputs("&gt;", f); break;
        case '"': fputs("&quot;", f); break;
        default:  fputc(*text, f);
        }
}

/* What a CI system shows of a failure: some the message, others the text inside. */
static void put_details(FILE *f, const struct result *x)
{
    char index[96];

    for (size_t i = 0; x->measured && i < x->errors.n_worst; i++)
        fprintf(f, "%s got %.9g want %.9g\n",
                index_text(index, sizeof index, &x->node, x->errors.worst[i]), x->got[i],
                x->want[i]);
    if (x->repeat) {
        fputs("again: ", f);
        put_xml(f, x->repeat);
        if (x->lines)
            fputc('\n', f);
        else
            fprintf(f, " --mode %s --tensor %s\n", mode_name(x->mode), x->node.name);
    }
}

static void put_message(FILE *f, const struct result *x)
{
    if (x->status == FAIL && x->measured) {
        fprintf(f, "rms error %.3e over the bar of %.3e, largest %.3e over %.3e. ",
                x->errors.rms, x->bar.rms, x->errors.max, x->bar.max);
        put_xml(f, x->pattern);
        if (x->looks_like)
            fprintf(f, " Looks like %s: passes with --precision %s", x->looks_like->title,
                    x->looks_like->name);
    } else {
        if (x->status == MISTRUSTED)
            fputs("mistrusted: ", f);
        put_xml(f, x->reason);
    }
}

static void put_case(FILE *f, const struct result *x, bool strict)
{
    fputs("  <testcase classname=\"", f);
    put_xml(f, x->golden);
    fprintf(f, ".");
    put_xml(f, x->subject);
    fprintf(f, ".%s\" name=\"", mode_name(x->mode));
    put_xml(f, x->node.name);
    fprintf(f, "\" time=\"%.6f\"", x->seconds);
    if (x->status == PASS) {
        fputs("/>\n", f);
        return;
    }
    const bool failure = is_failure(x, strict);
    fprintf(f, ">\n    <%s message=\"", failure ? "failure" : "skipped");
    put_message(f, x);
    if (failure) {
        fprintf(f, "\" type=\"%s\">", status_name(x->status));
        put_details(f, x);
        fputs("</failure>\n  </testcase>\n", f);
    } else {
        fputs("\"/>\n  </testcase>\n", f);
    }
}

/* The attributes that testsuites and its one testsuite have in common. */
static void put_totals(FILE *f, const struct results *all, const struct options *o)
{
    const struct totals t = results_count(all, 0, all->count, o->strict);
    double seconds = 0;

    for (size_t i = 0; i < all->count; i++)
        seconds += all->item[i].seconds;
    fprintf(f, " name=\"touchstone\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" "
            "skipped=\"%zu\" time=\"%.6f\">\n", all->count, t.failed, t.skipped, seconds);
}

static void write_junit(const struct results *all, const struct options *o)
{
    struct text text;

    text_begin(&text);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", text.stream);
    put_totals(text.stream, all, o);
    fputs("<testsuite", text.stream);
    put_totals(text.stream, all, o);
    for (size_t i = 0; i < all->count; i++)
        put_case(text.stream, &all->item[i], o->strict);
    fputs("</testsuite>\n</testsuites>\n", text.stream);
    text_write(&text, "--junit", o->junit);
}

/* -------------------------------------------------------------------- the TSV */

static void write_tsv(const struct results *all, const struct options *o)
{
    struct text text;

    text_begin(&text);
    fputs("golden\tsubject\tmode\tplace\ttensor\tstep\tlayer\tstatus\trms_error\tbar\t"
          "max_error\tmax_bar\tf32_rms\tf32_max\telements\tnonfinite\treason\n", text.stream);
    for (size_t i = 0; i < all->count; i++) {
        const struct result *x = &all->item[i];
        char golden[600], subject[600], reason[600];

        fprintf(text.stream, "%s\t%s\t%s\t%zu\t%s\t%d\t%d\t%s\t",
                make_plain(golden, sizeof golden, x->golden),
                make_plain(subject, sizeof subject, x->subject), mode_name(x->mode), x->place,
                x->node.name, x->node.step, x->node.layer, status_name(x->status));
        if (x->measured)
            fprintf(text.stream, "%.6e\t%.6e\t%.6e\t%.6e\t%.6e\t%.6e", x->errors.rms, x->bar.rms,
                    x->errors.max, x->bar.max, x->yardstick.rms, x->yardstick.max);
        else
            fputs("\t\t\t\t\t", text.stream);
        fprintf(text.stream, "\t%zu\t%zu\t%s\n", x->node.count, x->errors.nonfinite,
                make_plain(reason, sizeof reason, x->reason));
    }
    text_write(&text, "--tsv", o->tsv);
}

void write_results(const struct results *all, const struct options *o)
{
    if (o->json)
        write_json(all, o);
    if (o->junit)
        write_junit(all, o);
    if (o->tsv)
        write_tsv(all, o);
}
