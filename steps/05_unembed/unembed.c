/* unembed.c: from vectors back to tokens.
 *
 *     logits[n][v] = in[n] . wte[v]
 *
 * A token's score is how far the stream's last vector points along that
 * token's own embedding: input and output share one table ("tied", Press and
 * Wolf, "Using the Output Embedding to Improve Language Models" (2017)). There
 * is no bias. Every position is scored: in training each one predicts its next
 * token, in use only the last one is read. openai/gpt-2 src/model.py, `model`.
 *
 * The program of GPT-1 also scored its position vectors and special tokens
 * (openai/finetune-transformer-lm train.py, `model`); as in HuggingFace's
 * version the logits here cover the V tokens alone. */
#include "unembed.h"

void unembed(real *logits, const real *in, const real *wte, size_t N, size_t C, size_t V)
{
    for (size_t n = 0; n < N; n++)
        for (size_t v = 0; v < V; v++) {
            real dot = 0;
            for (size_t c = 0; c < C; c++)
                dot += in[n * C + c] * wte[v * C + c];
            logits[n * V + v] = dot;
        }
}
