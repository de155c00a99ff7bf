/* program.h: what the step programs share: options, the model, the trace.
 *
 * A step program reads its inputs from a trace file, runs its part of
 * forward.c and adds its own tensors to the trace. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "gpt.h"
#include "graph.h"

struct program {
    const char *name;        /* e.g. "03_attention" */
    const char *model_path, *trace_path;
    const char *tokens, *input;  /* 02 only */
    size_t layer, head, text, top;
    struct model *model;
    struct graph *graph;
    struct weights weights;
    struct acts acts;
    real **tensor;           /* in the graph's order; acts points to them */
    real **weight;
    char **token;            /* [V] the tokens' spelling, NULL where the model has none */
};

/* Reads the command line. `options` lists what the program knows beside --model
 * and --trace, e.g. "--layer --head". Ends the program at bad usage. */
struct program program_options(const char *name, int argc, char **argv, const char *options);

/* Opens the model, its weights and its vocabulary, and no trace: graph is that of
 * one token, acts and tensor stay empty. */
void program_open_model(struct program *p);

/* Makes acts ready for an input [B, T], in place of what there was. p->graph is
 * another one afterwards; tokens and targets are the caller's to set. */
void program_room(struct program *p, size_t B, size_t T);

/* Opens the model as well as the input (of the trace, or of p->input, or p->tokens),
 * and makes room for every tensor. */
void program_open(struct program *p);

/* Reads a tensor of the trace into its place. Ends the program where it is not
 * there, with a word on which step makes it. */
void program_need(struct program *p, const char *name);

/* The name of layer l's tensor, or of what its block leaves. */
const char *in_layer(size_t l, const char *tensor);
const char *block_output(const struct program *p, size_t l);

/* Whether the trace holds the tensor. */
int program_has(struct program *p, const char *name);

/* Adds to the trace all tensors of a step; of one layer, if layer >= 0. What
 * step 04 makes for the next layer to read belongs to it. */
void program_store(struct program *p, int step, int layer);

void program_close(struct program *p);

/* A token's spelling, or its number where the model has no tokenizer; valid
 * until the next call. */
const char *token_text(const struct program *p, int token);

/* Prints that text to the right of a column of `width` characters. */
void print_token(const struct program *p, int token, int width);

#endif
