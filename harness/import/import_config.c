/* import_config.c: the sizes in HuggingFace's config.json.
 *
 * Its keys and what stands for those left out: huggingface/transformers,
 * src/transformers/models/gpt2/configuration_gpt2.py and openai/configuration_openai.py.
 * What GPT-1's `afn` calls gelu is the tanh form (openai/modeling_openai.py, ACT_FNS);
 * what GPT-2's activation_function calls gelu is the one with erf
 * (src/transformers/activations.py). Shapes are left to import_huggingface.c. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "die.h"
#include "files/json_file.h"
#include "import.h"

enum { MOST_LAYERS = 1000, MOST_SIZE = 1 << 24 };

static enum family family_of(const char *path, const json_t *json, enum family given)
{
    const json_t *type = json_object_get(json, "model_type");
    const char *text = json_string_value(type);

    if (!type && given)
        return given;
    if (!type)
        die("%s: has no model_type: say --family gpt1 or --family gpt2", path);
    if (!text || !is_plain(text))
        die("%s: its model_type is no text", path);
    const enum family found = strcmp(text, "gpt2") == 0         ? GPT2
                              : strcmp(text, "openai-gpt") == 0 ? GPT1
                                                                : BOTH_FAMILIES;
    if (found == BOTH_FAMILIES)
        die("%s: its model_type is `%s`, only gpt2 and openai-gpt can be imported", path, text);
    if (given && given != found)
        die("%s: its model_type is `%s`, --family says another: leave the option out", path,
            text);
    return found;
}

/* A size; `usual` stands for one that is absent or null, and 0 for none. */
static size_t size_of(const char *path, const json_t *json, const char *key, size_t usual)
{
    const json_t *value = json_object_get(json, key);
    const json_int_t size = json_integer_value(value);

    if (!value || json_is_null(value)) {
        if (!usual)
            die("%s: has no %s", path, key);
        return usual;
    }
    if (!json_is_integer(value) || size < 1 || size > MOST_SIZE)
        die("%s: %s is not a whole number from 1 to %d", path, key, MOST_SIZE);
    return (size_t)size;
}

/* Switches that make another model of it, and how they stand in a GPT-2. */
static void check_switches(const char *path, const json_t *json)
{
    static const struct {
        const char *key;
        bool value;
    } needed[] = {
        {"scale_attn_weights", true},
        {"scale_attn_by_inverse_layer_idx", false},
        {"add_cross_attention", false},
        {"tie_word_embeddings", true},
    };

    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        const json_t *value = json_object_get(json, needed[i].key);
        if (value && !(needed[i].value ? json_is_true(value) : json_is_false(value)))
            die("%s: %s is not %s: that is another model than GPT-1 and GPT-2 are", path,
                needed[i].key, needed[i].value ? "true" : "false");
    }
}

static void check_activation(const char *path, const json_t *json, enum family family)
{
    const char *key = family == GPT1 ? "afn" : "activation_function";
    const json_t *value = json_object_get(json, key);
    const char *name = json_string_value(value);

    if (!value)
        return;  /* both families have the tanh form where nothing is said */
    if (!name || !is_plain(name))
        die("%s: %s is no text", path, key);
    if (family == GPT1 ? strcmp(name, "gelu") == 0
                       : strcmp(name, "gelu_new") == 0 || strcmp(name, "gelu_pytorch_tanh") == 0)
        return;
    die("%s: %s is `%s`, only GELU in its tanh form can be imported (%s)", path, key, name,
        family == GPT1 ? "gelu" : "gelu_new, gelu_pytorch_tanh");
}

static double epsilon_of(const char *path, const json_t *json)
{
    const json_t *value = json_object_get(json, "layer_norm_epsilon");
    const double epsilon = value ? json_number_value(value) : 1e-5;

    if (value && (!json_is_number(value) || !(epsilon >= 0 && epsilon < 1)))
        die("%s: layer_norm_epsilon is no number of at least 0 and below 1", path);
    return epsilon;
}

struct config config_read(const char *path, enum family family)
{
    json_t *json = json_file(path);
    struct config c = {0};

    if (!json_is_object(json))
        die("%s: is no JSON object with the sizes of a model", path);
    c.family = family_of(path, json, family);
    c.n_layer = size_of(path, json, "n_layer", 0);
    c.n_head = size_of(path, json, "n_head", 0);
    c.d_model = size_of(path, json, "n_embd", 0);
    c.d_ff = size_of(path, json, "n_inner", 4 * c.d_model);
    c.n_ctx = size_of(path, json, "n_positions", 0);
    c.n_vocab = size_of(path, json, "vocab_size", 0);
    c.ln_eps = epsilon_of(path, json);
    check_activation(path, json, c.family);
    check_switches(path, json);
    if (c.n_layer > MOST_LAYERS)
        die("%s: n_layer is %zu, more than %d is surely damage", path, c.n_layer, MOST_LAYERS);
    if (c.d_model % c.n_head != 0)
        die("%s: n_embd %zu is no multiple of n_head %zu", path, c.d_model, c.n_head);
    if (size_of(path, json, "n_ctx", c.n_ctx) != c.n_ctx)
        die("%s: n_ctx is %zu and n_positions %zu: they are two names of one size", path,
            size_of(path, json, "n_ctx", c.n_ctx), c.n_ctx);
    if (c.family == GPT1 && c.d_ff != 4 * c.d_model)
        die("%s: n_inner is %zu: GPT-1 has 4 times n_embd", path, c.d_ff);
    json_decref(json);
    return c;
}
