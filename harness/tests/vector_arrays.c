/* vector_arrays.c: the vector functions of harness/avx2/vector_math.h on whole arrays. */
#include "vector_arrays.h"

#include "avx2/vector_math.h"

#ifdef __AVX512F__
const char vector_name[] = "avx512f";
#else
const char vector_name[] = "avx2";
#endif

void exp_array(float *out, const float *in, size_t n)
{
    for (size_t i = 0; i < n; i += LANES)
        vec_store(out + i, vec_exp(vec_load(in + i)));
}

void exp_share_array(float *out, const float *in, size_t n)
{
    for (size_t i = 0; i < n; i += LANES)
        vec_store(out + i, vec_exp_share(vec_load(in + i)));
}

void tanh_array(float *out, const float *in, size_t n)
{
    for (size_t i = 0; i < n; i += LANES)
        vec_store(out + i, vec_tanh(vec_load(in + i)));
}
