/* 08_train: a text -> a model that has learnt from it. Prints the loss as it falls.
 *
 * Every so many steps it measures the loss on the end of the text, which it never
 * learns from, prints a line and writes a checkpoint in place of the model. Killed at
 * any moment, it leaves the last checkpoint; --resume goes on from there. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "die.h"
#include "program_ngrams.h"
#include "program_session.h"
#include "subject.h"

enum { MOST_BATCHES = 16 };  /* of the held-out text, in one report */

static volatile sig_atomic_t stopped;

static void stop(int signal_number)
{
    (void)signal_number;
    stopped = 1;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void print_beginning(const struct session *s)
{
    const struct trainer *t = &s->trainer;
    const struct config *c = &t->graph->cfg;
    size_t parameters = 0;

    for (size_t i = 0; i < t->graph->n_weights; i++)
        parameters += t->count[i];
    printf("%s: %s, L=%zu H=%zu C=%zu F=%zu V=%zu, %zu positions, %zu parameters\n", s->name,
           c->family == GPT1 ? "gpt1" : "gpt2", c->n_layer, c->n_head, c->d_model, c->d_ff,
           c->n_vocab, c->n_ctx, parameters);
    printf("%zu bytes are %zu tokens to learn from; %zu bytes, %zu tokens are held out\n",
           s->corpus.bytes_train, s->corpus.n_train, s->corpus.bytes_held_out,
           s->corpus.tokens.count - s->corpus.n_train);
    if (t->step)
        printf("going on after step %zu\n", t->step);
    fflush(stdout);
}

/* 75 -> "1:15", 3675 -> "1:01:15". */
static void print_time(double seconds)
{
    const long all = lround(seconds);

    if (all >= 3600)
        printf("%ld:%02ld:%02ld", all / 3600, all / 60 % 60, all % 60);
    else
        printf("%ld:%02ld", all / 60, all % 60);
}

/* A line, and a point of the curve. `speed`: steps per second. The last one is measured
 * with care: over all that is held out, each token from many before it. */
static void report(struct session *s, const struct lesson *lesson, double speed)
{
    struct trainer *t = &s->trainer;
    const bool last = t->step == (size_t)t->recipe.steps;
    const size_t T = t->graph->T;
    const size_t n = s->corpus.n_train, rest = s->corpus.tokens.count - n;
    struct point p = {.step = (double)t->step, .loss = s->curve.sum / s->curve.counted,
                      .held_out = NAN, .norm = lesson->norm, .rate = lesson->rate};

    printf("step %6zu of %.0f  loss %.4f", t->step, t->recipe.steps, p.loss);
    if (t->recipe.held_out > 0) {
        p.held_out = held_out_loss(t, s->corpus.tokens.id + n - 1, rest + 1, last ? (T + 1) / 2 : T,
                                   last ? (size_t)-1 : MOST_BATCHES);
        printf("  held out %.4f  %.4f bits per byte", p.held_out,
               p.held_out / log(2) * (double)rest / (double)s->corpus.bytes_held_out);
    }
    printf("  %.0f tokens/s  left ", speed * (double)(t->graph->B * t->graph->T));
    print_time((t->recipe.steps - (double)t->step) / speed);
    putchar('\n');
    fflush(stdout);
    curve_add(&s->curve, &p);
}

static void train(struct session *s)
{
    struct trainer *t = &s->trainer;
    const size_t steps = (size_t)t->recipe.steps, every = (size_t)t->recipe.every;
    const size_t first = t->step;
    const double begun = now();

    while (t->step < steps) {
        const struct lesson lesson = train_step(t, s->corpus.tokens.id, s->corpus.n_train);

        if (!lesson.finite)
            die("the loss is no number any more after step %zu: a lower --rate may help; %s is "
                "the last checkpoint", t->step, s->options.out);
        s->curve.sum += lesson.loss;
        s->curve.counted++;
        const double speed = (double)(t->step - first) / (now() - begun);
        if (t->step == steps || t->step % every == 0)
            report(s, &lesson, speed);
        if (t->step < steps && (stopped || t->step % every == 0))
            session_save(s, false);
        if (t->step < steps && stopped)
            die("stopped after step %zu of %zu: --resume %s goes on", t->step, steps,
                s->options.out);
    }
}

int main(int argc, char **argv)
{
    struct session s;

    die_as("08_train");
    subjects_beside(argv[0]);
    if (wants_ngrams(argc, argv))
        return ngrams_main(argc, argv);
    const struct options options = read_options(argc, argv);
    session_open(&s, &options);
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    print_beginning(&s);
    if (s.trainer.step == 0)
        session_save(&s, false);  /* now is the time to see that it cannot be written */
    train(&s);
    session_save(&s, true);
    printf("%s is written\n", s.options.out);
    session_close(&s);
    finish_output();
    return 0;
}
