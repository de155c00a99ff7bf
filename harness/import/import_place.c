/* import_place.c: finds a published model's files.
 *
 * HuggingFace publishes a model as a folder with model.safetensors, or
 * model.safetensors.index.json and the files that it names, config.json, vocab.json and
 * merges.txt. OpenAI published GPT-1 as params_0.npy to params_9.npy, params_shapes.json,
 * encoder_bpe_40000.json and vocab_40000.bpe (openai/finetune-transformer-lm, model/).
 * What is in the files is left to others. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "die.h"
#include "import.h"

static const char single[] = "model.safetensors", several[] = "model.safetensors.index.json",
                  pieces[] = "params_shapes.json", first_piece[] = "params_0.npy",
                  pickled[] = "pytorch_model.bin";

static void join(char path[IMPORT_PATH], const char *folder, const char *name)
{
    if (snprintf(path, IMPORT_PATH, "%s/%s", folder, name) >= IMPORT_PATH)
        die("%.60s...: the path is too long", folder);
}

static bool has(const char *folder, const char *name)
{
    char path[IMPORT_PATH];
    struct stat st;

    join(path, folder, name);
    return stat(path, &st) == 0;
}

/* The path of a file of the folder, "" where there is none. */
static void find(char path[IMPORT_PATH], const char *folder, const char *name)
{
    join(path, folder, name);
    if (!has(folder, name))
        path[0] = '\0';
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

/* The weights of a folder: one of the three forms. */
static void find_weights(struct place *at)
{
    const bool is_pieces = has(at->folder, pieces) || has(at->folder, first_piece);

    if (is_pieces && (has(at->folder, single) || has(at->folder, several)))
        die("%s: holds %s and %s: name one of the two files", at->folder, pieces, single);
    if (is_pieces && !has(at->folder, pieces))
        die("%s/%s: is missing: it says what shapes the numbers in %s and the others have",
            at->folder, pieces, first_piece);
    if (!is_pieces && !has(at->folder, single) && !has(at->folder, several))
        die("%s: holds no %s (HuggingFace) and no %s (OpenAI's GPT-1)%s", at->folder, single,
            pieces, has(at->folder, pickled)
            ? "; pytorch_model.bin is a program that Python runs: get the safetensors file" : "");
    join(at->weights, at->folder,
         is_pieces ? pieces : has(at->folder, single) ? single : several);
}

/* One file stands for its folder. */
static void take_file(struct place *at, const char *path)
{
    const char *slash = strrchr(path, '/');

    snprintf(at->folder, sizeof at->folder, "%.*s", slash ? (int)(slash - path) : 1,
             slash ? path : ".");
    if (slash == path)
        strcpy(at->folder, "/");
    if (ends_with(path, ".npy")) {
        join(at->weights, at->folder, pieces);
        if (!has(at->folder, pieces))
            die("%s: is missing: it says what shapes the numbers in %s have", at->weights, path);
    } else if (ends_with(path, ".safetensors") || ends_with(path, ".safetensors.index.json") ||
               ends_with(path, pieces)) {
        snprintf(at->weights, sizeof at->weights, "%s", path);
    } else {
        die("%s: is no file of weights: name a folder, a .safetensors file or its "
            ".safetensors.index.json, or %s", path, pieces);
    }
}

int place_is_pieces(const struct place *at)
{
    return ends_with(at->weights, pieces);
}

void place_find(struct place *at, const char *operand)
{
    struct stat st;
    size_t length = strlen(operand);

    *at = (struct place){.folder = ""};
    if (length >= IMPORT_PATH)
        die("%.60s...: the path is too long", operand);
    if (stat(operand, &st) != 0)
        die("%s: there is no such folder or file", operand);
    if (S_ISDIR(st.st_mode)) {
        while (length > 1 && operand[length - 1] == '/')
            length--;
        memcpy(at->folder, operand, length);
        find_weights(at);
    } else {
        take_file(at, operand);
    }
    const bool is_pieces = place_is_pieces(at);
    if (!is_pieces)
        find(at->config, at->folder, "config.json");
    find(at->vocab, at->folder, is_pieces ? "encoder_bpe_40000.json" : "vocab.json");
    find(at->merges, at->folder, is_pieces ? "vocab_40000.bpe" : "merges.txt");
}
