/* exercise_list.c: the exercises of the course. The chapters list the same functions in the
 * same order, and harness/tests/exercises.sh compares. */
#include "exercise_list.h"

#define ALL_BUT_BACKWARD                                                                  \
    "add_backward gelu_backward linear_backward cross_entropy_backward unembed_backward " \
    "layernorm_backward attention_mix_backward attention_pattern_backward "               \
    "attention_scores_backward split_heads_backward embed_tokens_backward "               \
    "embed_positions_backward embed_sum_backward"

static const struct exercise_step steps[] = {
    {0, "00", "the ingredients", "steps/00_ingredients", "docs/00-ingredients.md", 5,
     {{"add", ""}, {"softmax", ""}, {"gelu", ""}, {"linear", ""}, {"layernorm", ""}}},
    {1, "01", "the tokenizer", "steps/01_tokenize", "docs/01-tokenize.md", 8,
     {{"alphabet_character", ""}, {"alphabet_byte", ""}, {"bpe_lowest", ""}, {"bpe_apply", ""},
      {"bpe", "bpe_lowest bpe_apply"}, {"split_gpt2", ""}, {"detokenize", "alphabet_byte"},
      {"tokenize", "alphabet_character bpe split_gpt2"}}},
    {2, "02", "the embedding", "steps/02_embed", "docs/02-embed.md", 3,
     {{"embed_positions", ""}, {"embed_tokens", ""}, {"embed_sum", ""}}},
    {3, "03", "attention", "steps/03_attention", "docs/03-attention.md", 4,
     {{"attention_pattern", ""}, {"attention_scores", ""}, {"attention_mix", ""},
      {"split_heads", ""}}},
    {4, "04", "the MLP", "steps/04_mlp", "docs/04-mlp.md", 1, {{"mlp", ""}}},
    {5, "05", "the unembedding", "steps/05_unembed", "docs/05-unembed.md", 2,
     {{"unembed", ""}, {"cross_entropy", ""}}},
    {6, "06", "sampling", "steps/06_sample", "docs/06-sample.md", 2,
     {{"sample", ""}, {"generator_uniform", ""}}},
    {7, "07", "backpropagation", "steps/07_backprop", "docs/07-backprop.md", 14,
     {{"add_backward", ""}, {"gelu_backward", ""}, {"linear_backward", ""},
      {"cross_entropy_backward", ""}, {"unembed_backward", ""}, {"layernorm_backward", ""},
      {"attention_mix_backward", ""}, {"attention_pattern_backward", ""},
      {"attention_scores_backward", ""}, {"split_heads_backward", ""},
      {"embed_tokens_backward", ""}, {"embed_positions_backward", ""},
      {"embed_sum_backward", ""}, {"backward", ALL_BUT_BACKWARD}}},
    {8, "08", "training", "steps/08_train", "docs/08-train.md", 4,
     {{"learning_rate", ""}, {"clip_scale", ""}, {"gradient_norm", ""}, {"adamw", ""}}},
    {AVX2_STEP, "avx2", "vectors", "harness/avx2", "docs/avx2.md", 2,
     {{"gelu", ""}, {"layernorm", ""}}},
};

const struct exercise_step *exercise_steps(size_t *count)
{
    *count = sizeof steps / sizeof steps[0];
    return steps;
}
