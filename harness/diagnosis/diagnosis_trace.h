/* diagnosis_trace.h: the diagnosis of what a trace holds. */
#ifndef DIAGNOSIS_TRACE_H
#define DIAGNOSIS_TRACE_H

#include "diagnosis.h"

/* As diagnose_op and diagnose_wiring, of outputs that lie on a shelf: `want` is by output what
 * the op makes of `in`, the trace's own tensors. */
void diagnose_trace_op(struct results *all, size_t start, size_t first,
                       const double *const in[], double *const want[], struct shelf *got);

/* As diagnose_chain. */
void diagnose_trace_chain(struct results *all, size_t start, struct shelf *got);

/* As diagnose_gradients, of the trace's forward tensors and gradients at nodes and of
 * weights. */
void diagnose_trace_gradients(struct results *all, size_t start, const struct reference *r,
                              const struct gradient_case *c, struct shelf *made);

#endif
