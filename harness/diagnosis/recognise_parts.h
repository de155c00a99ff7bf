/* recognise_parts.h: the groups of patterns that recognise.c tries in turn, and what they
 * share. Each writes a sentence and returns true where it knows the tensor. */
#ifndef RECOGNISE_PARTS_H
#define RECOGNISE_PARTS_H

#include "recognise.h"

/* Whether `got` is `predicted`, but for rounding or a small share of the difference. */
bool explains(const struct evidence *e, const double *predicted);

/* Says of which size of the model a factor is a simple expression, ", that is sqrt(D) =
 * sqrt(32)"; "" where of none. */
void name_factor(char *text, size_t size, const struct evidence *e, double factor);

/* The numbers of rows and columns; a scalar has one of each. */
size_t columns_of(const struct node *n);
size_t rows_of(const struct node *n);

/* Element `flat` along an axis. */
size_t index_at(const struct node *n, size_t flat, size_t axis);

typedef bool recogniser(char *text, size_t size, const struct evidence *e);

/* recognise.c */
recogniser is_one_factor, is_bias, is_one_slice, is_loss;
/* recognise_layout.c */
recogniser is_other_output, is_heads_permuted, is_columns_split, is_columns_merged;
/* recognise_ops.c */
recogniser is_other_gelu, is_other_sum, is_other_scores, is_other_softmax;
/* recognise_norm.c */
recogniser is_other_layernorm;
/* recognise_mask.c */
recogniser is_other_mask;

#endif
