/* dump.c: tells the format of a dump by its first bytes.
 *
 * A zip file begins with PK and 3, 4 (PKWARE, APPNOTE.TXT, 4.3.7; an empty one with PK and
 * 5, 6), a safetensors file with the length of its header in 8 bytes and then `{`. Anything
 * else is taken for HDF5, whose reader says what is wrong with it. */
#include "dump.h"

#include <stdio.h>
#include <string.h>

struct dump *dump_open(const char *path)
{
    unsigned char first[9] = {0};
    FILE *f = fopen(path, "rb");
    const size_t n = f ? fread(first, 1, sizeof first, f) : 0;

    if (f)
        fclose(f);
    if (n >= 4 && (memcmp(first, "PK\3\4", 4) == 0 || memcmp(first, "PK\5\6", 4) == 0))
        return dump_of_npz(path);
    if (n == sizeof first && first[8] == '{' && memcmp(first + 5, "\0\0\0", 3) == 0)
        return dump_of_safetensors(path);
    return dump_of_store(store_open(path));
}
