/* test_training.c: 08_train: its parts, what it writes, that it can be killed at any
 * moment, and what it says where it cannot go on. */
#include "tool.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "06_sample/random.h"
#include "08_train/batch.h"
#include "08_train/clip.h"
#include "08_train/initial.h"
#include "08_train/schedule.h"
#include "clock.h"
#include "die.h"
#include "files/model.h"

#define TEXT "fixtures/tokenizers/text.txt"
#define SMALL "--text " TEXT " --layers 1 --heads 2 --width 16 --positions 16 --batch 2 " \
              "--vocab-size 300 --held-out 0.1 "

static void assert_near(double got, double want, double error)
{
    if (!(fabs(got - want) <= error))
        fail_msg("%.17g instead of %.17g", got, want);
}

/* ------------------------------------------------------------------------ its parts */

static void the_rate_rises_and_falls(void **state)
{
    const struct schedule s = {.rate = 2, .min_rate = 0.5, .warmup = 10, .steps = 110};

    (void)state;
    assert_near(learning_rate(&s, 1), 0.2, 1e-15);
    assert_near(learning_rate(&s, 10), 2, 1e-15);
    assert_near(learning_rate(&s, 60), 1.25, 1e-15);  /* half of the cosine's way */
    assert_near(learning_rate(&s, 110), 0.5, 1e-15);
    for (size_t t = 11; t <= 110; t++)
        assert_true(learning_rate(&s, t) < learning_rate(&s, t - 1));
    assert_near(learning_rate(&(struct schedule){.rate = 3, .steps = 5}, 1),
                       3 * (1 + cos(acos(-1) / 5)) / 2, 1e-15);  /* without a warm-up */
}

static void long_gradients_are_clipped(void **state)
{
    real a[2] = {3, 0}, b[1] = {-4};
    real *const both[2] = {a, b};

    (void)state;
    assert_near(gradient_norm(both, (size_t[]){2, 1}, 2), 5, 1e-15);
    assert_near(clip_scale(5, 1), 1 / (5 + 1e-6), 1e-15);
    assert_near(clip_scale(0.5, 1), 1, 0);
    assert_near(clip_scale(5, 0), 1, 0);
    assert_near(clip_scale(0, 1), 1, 0);
}

static void batches_are_pieces_of_the_text(void **state)
{
    enum { N = 9, T = 4, B = 3 };
    int text[N], tokens[B * T], targets[B * T], again[B * T];
    bool begins[N] = {false}, differs = false;

    (void)state;
    for (int i = 0; i < N; i++)
        text[i] = 10 + i;
    for (size_t step = 1; step <= 200; step++) {
        draw_batch(tokens, targets, text, N, B, T, 5, step);
        draw_batch(again, targets, text, N, B, T, 5, step);
        assert_memory_equal(tokens, again, sizeof tokens);
        draw_batch(again, targets, text, N, B, T, 6, step);
        differs |= memcmp(tokens, again, sizeof tokens) != 0;
        draw_batch(tokens, targets, text, N, B, T, 5, step);
        for (int i = 0; i < B * T; i++) {
            assert_int_equal(targets[i], tokens[i] + 1);
            assert_int_equal(tokens[i], tokens[i / T * T] + i % T);
        }
        for (int b = 0; b < B; b++)
            begins[tokens[b * T] - 10] = true;
    }
    assert_true(differs);
    for (int i = 0; i < N; i++)  /* the last piece is 5 .. 8 with the target 9 */
        assert_int_equal(begins[i], i < N - T);
}

/* Every token but the first is a target once, whatever the stride. */
static void a_text_is_cut_whole(void **state)
{
    enum { T = 5, B = 2, MOST = 40 };
    int text[MOST], tokens[B * T], targets[B * T];

    (void)state;
    for (int i = 0; i < MOST; i++)
        text[i] = i;
    for (size_t n = 2; n <= MOST; n++)
        for (size_t stride = 1; stride <= T; stride++) {
            const size_t pieces = pieces_of(n, T, stride);
            int seen[MOST] = {0};
            size_t counted = 0;

            for (size_t first = 0; first < pieces; first += B) {
                counted += cut_batch(tokens, targets, text, n, B, T, stride, first);
                for (int i = 0; i < B * T; i++)
                    if (targets[i] >= 0) {
                        assert_int_equal(targets[i], tokens[i] + 1);
                        assert_true(first == 0 || i % T >= T - (int)stride);
                        seen[targets[i]]++;
                    }
            }
            assert_int_equal(counted, n - 1);
            for (size_t i = 1; i < n; i++)
                assert_int_equal(seen[i], 1);
        }
}

static void first_weights_are_small_and_unequal(void **state)
{
    const struct config cfg = {GPT2, 2, 2, 32, 128, 16, 50, 1e-5};
    struct graph *g = graph_make(&cfg, 1, 1);
    real **w = allocate(g->n_weights, sizeof *w);
    struct generator random = generator_begin(1);

    (void)state;
    for (size_t i = 0; i < g->n_weights; i++)
        w[i] = allocate(g->weight[i].count, sizeof **w);
    initial_weights(w, g, &random);
    for (size_t i = 0; i < g->n_weights; i++) {
        const struct weight *what = &g->weight[i];
        const double is_norm = strstr(what->name, "ln_") && strstr(what->name, "weight");
        double squares = 0;
        for (size_t j = 0; j < what->count; j++)
            squares += w[i][j] * w[i][j];
        const double deviation = sqrt(squares / (double)what->count);
        if (what->rank == 1)
            assert_near(deviation, is_norm, 0);
        else
            assert_near(deviation / (strstr(what->name, "c_proj") ? 0.01 : 0.02), 1, 0.1);
    }
    free_all((void **)w, g->n_weights);
    graph_free(g);
}

/* ------------------------------------------------------------------------- learning */

static double number_after(const char *text, const char *word)
{
    const char *at = strstr(text, word);

    assert_non_null(at);
    return strtod(at + strlen(word), NULL);
}

/* A song of one verse: who has understood it is never surprised. */
#define SONG "yes 'one two three, four and five' | head -n 300 > $T/song; "
#define SING "08_train --text $T/song --layers 1 --heads 2 --width 16 --positions 16 --batch 4 " \
             "--vocab-size 275 --rate 0.01 --steps 200 --every 100 "

static void it_learns_and_what_it_writes_works(void **state)
{
    const struct outcome *o = shell(SONG SING "--out $T/a.h5 --curve $T/a.tsv && cat $T/a.tsv");

    (void)state;
    assert_says(o, 0, "a: gpt2, L=1 H=2 C=16 F=64 V=275, 16 positions, ", "held out",
                "bits per byte", "tokens/s  left 0:00", "a.h5 is written", "step\tloss\theld_out",
                "\n200\t", NULL);
    assert_true(number_after(o->out, "step    100 of 200  loss ") < log(275));
    assert_true(number_after(o->out, "step    200 of 200  loss ") < 0.2);
    assert_says(shell("06_sample --model $T/a.h5 --prompt one --tokens 6 --temperature 0"), 0,
                " two three, ", NULL);
    o = shell("touchstone inspect $T/a.h5");
    assert_says(o, 0, "08_train, 200 of 200 steps, seed 1, on song", NULL);
    assert_null(strstr(o->out, "training/"));

    /* from a model: it begins where that one was */
    o = shell("08_train --text $T/song --model $T/a.h5 --out $T/b.h5 --name tuned --steps 2 "
              "--every 1");
    assert_says(o, 0, "tuned: gpt2", NULL);
    assert_true(number_after(o->out, "step      1 of 2  loss ") < 0.2);
}

static void gpt1_learns_with_its_own_adam(void **state)
{
    const struct outcome *o = shell(SONG SING "--family gpt1 --openai-adam 1 --vocab-size 40 "
                                    "--out $T/g1.h5");

    (void)state;
    assert_says(o, 0, "g1: gpt1", NULL);
    assert_true(number_after(o->out, "step    200 of 200  loss ") < 0.2);
}

/* -------------------------------------------------------------------- interruptions */

/* Whether two model files hold the same weights, bit for bit. */
static bool same_weights(const char *a, const char *b)
{
    struct model *ma = model_open(a), *mb = model_open(b);
    struct graph *g = graph_make(&ma->cfg, 1, 1);
    void **wa = model_weights(ma, g, 4), **wb = model_weights(mb, g, 4);
    bool same = true;

    for (size_t i = 0; i < g->n_weights; i++)
        same &= memcmp(wa[i], wb[i], g->weight[i].count * 4) == 0;
    free_all(wa, g->n_weights);
    free_all(wb, g->n_weights);
    graph_free(g);
    model_close(ma);
    model_close(mb);
    return same;
}

static void sleep_for(double seconds)
{
    const struct timespec t = {(time_t)seconds, (long)(1e9 * (seconds - floor(seconds)))};

    nanosleep(&t, NULL);
}

/* Starts or goes on with a training, lets it print some lines, and kills it `later` as long
 * after as a line took, at most. Returns whether it was still at work. That it gets on between
 * two kills does not depend on how fast the machine is. */
static bool killed(const char *out, int lines, double later)
{
    const char *build = getenv("BUILD");
    const bool resume = access(out, F_OK) == 0;
    const double begun = now();
    char program[512], line[256];
    int ends[2], status;

    snprintf(program, sizeof program, "%s/08_train", build ? build : "build");
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], 1);
        close(ends[0]);
        close(ends[1]);
        if (resume)
            execl(program, program, "--resume", out, "--text", TEXT, (char *)NULL);
        else
            execl(program, program, "--text", TEXT, "--out", out, "--layers", "1", "--heads",
                  "2", "--width", "16", "--positions", "16", "--batch", "2", "--vocab-size",
                  "300", "--held-out", "0.1", "--steps", "400", "--every", "2", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    FILE *printed = fdopen(ends[0], "r");
    assert_non_null(printed);
    for (int i = 0; i < lines && fgets(line, sizeof line, printed); i++)
        continue;
    sleep_for(later * (now() - begun) / lines);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    fclose(printed);
    if (WIFEXITED(status))
        assert_int_equal(WEXITSTATUS(status), 0);
    return WIFSIGNALED(status);
}

/* Killed twenty times at random moments and resumed, it ends with the same bits. */
static void twenty_kills_change_nothing(void **state)
{
    struct generator random = generator_begin((uint64_t)time(NULL));
    char out[512];

    (void)state;
    snprintf(out, sizeof out, "%s", file("killed.h5"));
    assert_says(shell("08_train " SMALL "--steps 400 --every 2 --out $T/whole.h5"), 0, NULL);
    for (int kills = 0; kills < 20; ) {
        if (killed(out, 9 - kills % 9, generator_uniform(&random))) {
            kills++;
        } else {  /* faster than the kill: what it wrote counts, and it begins anew */
            assert_true(same_weights(file("whole.h5"), out));
            assert_int_equal(unlink(out), 0);
        }
    }
    assert_says(shell("08_train --resume $T/killed.h5 --text " TEXT), 0, "going on after step",
                NULL);
    assert_true(same_weights(file("whole.h5"), out));
    assert_says(shell("ls $T | grep -c part- || true"), 0, "0\n", NULL);
}

/* Shell text: starts 08_train, stops it politely once it minds signals, and waits for it.
 * Its output is there from the beginning: it may open that later than grep first looks. */
#define STOPPED(options) \
    ": > $T/log; 08_train " options " > $T/log & " \
    "while kill -0 $! 2> /dev/null && ! grep -q 'to learn from' $T/log; do sleep 0.01; done; " \
    "kill $!; wait $!"

static void a_polite_stop_keeps_every_step(void **state)
{
    const struct outcome *o;

    (void)state;
    o = shell(STOPPED(SMALL "--steps 100000 --every 90000 --out $T/p.h5"));
    assert_refused(o, NULL);
    assert_non_null(strstr(o->err, "--resume"));
    const double step = number_after(o->err, "stopped after step ");
    o = shell(STOPPED("--resume $T/p.h5 --text " TEXT) "; code=$?; cat $T/log; exit $code");
    assert_int_equal(o->code, 2);
    assert_near(number_after(o->out, "going on after step "), step, 0);
    assert_true(number_after(o->err, "stopped after step ") > step);
}

/* ----------------------------------------------------------------------- bad input */

static void bad_input_is_refused(void **state)
{
    (void)state;
    assert_refused(shell("08_train"), "--text", NULL);
    assert_refused(shell("08_train --text"), "--text needs a value", NULL);
    assert_refused(shell("08_train --text /nowhere --out $T/x.h5"), "/nowhere", NULL);
    assert_refused(shell("08_train --text /dev/null --out $T/x.h5"), "is empty", NULL);
    assert_refused(shell("echo a b c > $T/few; 08_train --text $T/few --out $T/x.h5"), "few",
                   "tokens to learn from", NULL);
    assert_refused(shell("08_train " SMALL "--out $T/x.h5 --length 17"), "--length 17", NULL);
    assert_refused(shell("08_train " SMALL "--out $T/x.h5 --steps 5 --warmup 5"), "--warmup",
                   NULL);
    assert_refused(shell("08_train " SMALL "--out $T/x.h5 --heads 3"), "--width 16", NULL);
    assert_refused(shell("08_train " SMALL "--out $T/x.h5 --vocab-size 20"), "--vocab-size 20",
                   NULL);
    assert_refused(shell("08_train " SMALL "--out $T/x.h5 --rate fast"), "--rate", NULL);
    assert_refused(shell("08_train " SMALL "--out $T/x.h5 --held-out 0.00001"), "--held-out",
                   NULL);
    assert_refused(shell("08_train " SMALL "--out $T/x.h5 --speed 3"), "--speed", NULL);
    assert_refused(shell("08_train " SMALL "--out $T/x.h5 --family gpt4"), "gpt4", NULL);
    assert_refused(shell("08_train " SMALL "--out $T/x.h5 --subject f64"), "f64", NULL);
    assert_refused(shell("08_train " SMALL "--out /nowhere/x.h5"), "/nowhere/x.h5", NULL);
    assert_refused(shell("08_train " SMALL "--out $T/x.h5 --vocab $F/v.json"), "--merges", NULL);
    assert_refused(shell("08_train --text " TEXT " --model $F/gpt2-a.model.h5 --out $T/x.h5"),
                   "has no tokenizer", NULL);
    assert_refused(shell("08_train --text " TEXT " --model $F/gpt2-a.model.h5 --out $T/x.h5 "
                         "--merges $F/tokenizers/gpt2/merges.txt"), "640 tokens", "97", NULL);
    assert_refused(shell("08_train --text " TEXT " --model $F/gpt2-pocket.model.h5 --width 8"),
                   "--width", NULL);
    assert_int_equal(access(file("x.h5"), F_OK), -1);
}

static void what_is_there_is_not_lost(void **state)
{
    (void)state;
    assert_says(shell("08_train " SMALL "--steps 3 --out $T/keep.h5 && cp $T/keep.h5 $T/copy.h5"),
                0, NULL);
    assert_refused(shell("08_train " SMALL "--steps 3 --out $T/keep.h5"), "keep.h5",
                   "--force", NULL);
    assert_refused(shell("08_train --resume $T/keep.h5 --text " TEXT), "keep.h5",
                   "no training to go on with", NULL);
    assert_says(shell("cmp $T/keep.h5 $T/copy.h5 && 08_train " SMALL
                      "--force --steps 4 --out $T/keep.h5"), 0, NULL);

    /* a loss that is no number: the last checkpoint stays, and is a model */
    const struct outcome *o = shell("08_train " SMALL "--rate 1e6 --clip 0 --warmup 0 --steps 50 "
                                    "--every 1 --out $T/nan.h5 > $T/log; code=$?; "
                                    "06_sample --model $T/nan.h5 --prompt a --tokens 0 --seed 1 && "
                                    "exit $code");
    assert_refused(o, "no number any more", "--rate", "nan.h5", NULL);
}

static void a_full_disk_keeps_the_last_checkpoint(void **state)
{
    (void)state;
    assert_refused(shell(STOPPED(SMALL "--steps 100000 --every 90000 --out $T/d.h5")),
                   "stopped after step", NULL);
    assert_says(shell("cp $T/d.h5 $T/d.copy"), 0, NULL);
    assert_refused(shell("ulimit -f 20; " STOPPED("--resume $T/d.h5 --text " TEXT)), "d.h5",
                   "disk", NULL);
    assert_says(shell("cmp $T/d.h5 $T/d.copy; ls $T | grep -c part- || true"), 0, "0\n", NULL);
    assert_refused(shell("08_train --resume $T/d.h5 --text README.md"), "--text", "d.h5", NULL);
    assert_refused(shell("08_train --resume $T/d.h5 --text " TEXT " --rate 1"), "--resume", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rate_rises_and_falls),
        cmocka_unit_test(long_gradients_are_clipped),
        cmocka_unit_test(batches_are_pieces_of_the_text),
        cmocka_unit_test(a_text_is_cut_whole),
        cmocka_unit_test(first_weights_are_small_and_unequal),
        cmocka_unit_test(it_learns_and_what_it_writes_works),
        cmocka_unit_test(gpt1_learns_with_its_own_adam),
        cmocka_unit_test(twenty_kills_change_nothing),
        cmocka_unit_test(a_polite_stop_keeps_every_step),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(what_is_there_is_not_lost),
        cmocka_unit_test(a_full_disk_keeps_the_last_checkpoint),
    };

    return cmocka_run_group_tests(tests, begin, finish);
}
