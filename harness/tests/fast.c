/* fast.c: what the tests of fast code share. */
#define _DEFAULT_SOURCE  /* for MAP_ANONYMOUS */
#include "tool.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fast.h"
#include "small_model.h"

bool cpu_runs(const char *subject)
{
#if defined __x86_64__
    if (strcmp(subject, "avx512") == 0)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    (void)subject;
    return false;
#endif
}

void skip_without_avx2(void)
{
    if (cpu_runs("avx2"))
        return;
    print_message("this machine has no AVX2\n");
    skip();
}

void *fenced(struct fences *f, size_t bytes)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t inside = (bytes + page - 1) / page * page, size = inside + 2 * page;
    char *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_true(base != MAP_FAILED && f->count < MOST_FENCED);
    assert_int_equal(mprotect(base, page, PROT_NONE), 0);
    assert_int_equal(mprotect(base + page + inside, page, PROT_NONE), 0);
    memset(base + page, 0xff, inside);
    f->map[f->count].base = base;
    f->map[f->count++].size = size;
    return base + page + (f->at_end ? inside - bytes : 0);
}

float *fenced_floats(struct fences *f, size_t n)
{
    return fenced(f, n * sizeof(float));
}

float *fenced_random(struct fences *f, unsigned long long *x, size_t n, double scale)
{
    float *a = fenced_floats(f, n);

    for (size_t i = 0; i < n; i++)
        a[i] = (float)(2 * scale * small_random(x));
    return a;
}

float *fenced_room(struct fences *f, size_t n)
{
    assert_int_equal(n % 16, 0);
    return fenced_floats(f, n);
}

void take_down(struct fences *f)
{
    for (size_t i = 0; i < f->count; i++)
        assert_int_equal(munmap(f->map[i].base, f->map[i].size), 0);
    f->count = 0;
}
