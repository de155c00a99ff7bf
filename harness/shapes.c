/* shapes.c: the sizes of the published models.
 *
 * gpt1: openai/finetune-transformer-lm a69b5c4, train.py; the 40,478 tokens without the
 * special ones of fine-tuning. gpt2: openai/gpt-2 9b63575, hparams.json of each model.
 * gpt3: Brown and others, "Language Models are Few-Shot Learners" (2020), table 2.1,
 * with GPT-2's vocabulary; wired as GPT-2 is. */
#include "shapes.h"

#include <string.h>

#include "die.h"

/* The MLP is four times as wide as the stream in all of them. */
#define SHAPE(family, L, H, C, P, V) {family, L, H, C, 4 * (C), P, V, 1e-5}

const struct shape shapes[] = {
    {"gpt1", SHAPE(GPT1, 12, 12, 768, 512, 40478)},
    {"gpt2", SHAPE(GPT2, 12, 12, 768, 1024, 50257)},
    {"gpt2-medium", SHAPE(GPT2, 24, 16, 1024, 1024, 50257)},
    {"gpt2-large", SHAPE(GPT2, 36, 20, 1280, 1024, 50257)},
    {"gpt2-xl", SHAPE(GPT2, 48, 25, 1600, 1024, 50257)},
    {"gpt3", SHAPE(GPT2, 96, 96, 12288, 2048, 50257)},
    {NULL, {0}},
};

const struct config *shape_find(const char *option, const char *name)
{
    char names[128] = "";

    for (const struct shape *s = shapes; s->name; s++) {
        if (strcmp(s->name, name) == 0)
            return &s->cfg;
        strcat(strcat(names, " "), s->name);
    }
    die("%s %s: no published shape has that name, there are%s", option, name, names);
}
