/* trainer.c: learning: predict, see how wrong it was, change the weights a little.
 *
 * One step of training is all that came before in this course, in a row:
 *
 *     a batch of pieces of text                        batch.c
 *     forward: what the model expects, and the loss    forward.c, steps 02 to 05
 *     backward: the gradient of every weight           step 07
 *     clip it, if it is too long                       clip.c
 *     move every weight against its gradient           adamw.c, schedule.c
 *
 * Nothing else makes a GPT. What it learns it learns because the next token is easier
 * to predict for those who have.
 *
 * Decay is for matrices: biases and layer norms, which are vectors, have none (Radford
 * and others (2018), section 4.1: "on all non bias or gain weights"). */
#include "trainer.h"

#include <math.h>

#include "adamw.h"
#include "batch.h"
#include "clip.h"

struct schedule schedule_of(const struct recipe *r)
{
    return (struct schedule){r->rate, r->min_rate, (size_t)r->warmup, (size_t)r->steps};
}

/* Moves all weights by one step. */
static void move(struct trainer *t, const struct lesson *lesson)
{
    const struct recipe *r = &t->recipe;
    struct adam how = {.rate = lesson->rate, .beta1 = r->beta1, .beta2 = r->beta2, .eps = r->eps,
                       .scale = clip_scale(lesson->norm, r->clip), .t = t->step + 1};

    for (size_t i = 0; i < t->graph->n_weights; i++) {
        how.decay = t->graph->weight[i].rank == 2 ? r->decay : 0;
        if (r->openai_adam != 0)
            openai_adam(t->weight[i], t->mean[i], t->square[i], t->dweight[i], &how,
                        t->count[i]);
        else
            t->ops->adamw(t->engine, t->weight[i], t->mean[i], t->square[i], t->dweight[i], &how,
                          t->count[i]);
    }
    t->ops->refresh(t->engine);
}

struct lesson train_step(struct trainer *t, const int *text, size_t n)
{
    const struct recipe *r = &t->recipe;
    const struct schedule schedule = schedule_of(r);
    struct lesson lesson = {.rate = learning_rate(&schedule, t->step + 1)};

    draw_batch(t->tokens, t->targets, text, n, t->graph->B, t->graph->T, (uint64_t)r->seed,
               t->step + 1);
    lesson.loss = t->ops->forward(t->engine, t->tokens, t->targets, NULL, true);
    t->ops->backward(t->engine, t->tokens, t->targets, (void *const *)t->dweight);
    lesson.norm = gradient_norm(t->dweight, t->count, t->graph->n_weights);
    lesson.finite = isfinite(lesson.loss) && isfinite(lesson.norm);
    if (lesson.finite) {
        move(t, &lesson);
        t->step++;
    }
    return lesson;
}

double held_out_loss(struct trainer *t, const int *text, size_t n, size_t stride, size_t most)
{
    const size_t B = t->graph->B, T = t->graph->T;
    const size_t all = (pieces_of(n, T, stride) + B - 1) / B, batches = all < most ? all : most;
    double sum = 0, counted = 0;

    for (size_t i = 0; i < batches; i++) {
        const double targets = (double)cut_batch(t->tokens, t->targets, text, n, B, T, stride,
                                                 i * all / batches * B);

        sum += targets * t->ops->forward(t->engine, t->tokens, t->targets, NULL, false);
        counted += targets;
    }
    return sum / counted;
}
