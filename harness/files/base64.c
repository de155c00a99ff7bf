/* base64.c: four letters of six bits each are three bytes. */
#include "base64.h"

#include <stdint.h>
#include <string.h>

struct text from_base64(const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct text out = {0};
    uint32_t bits = 0;
    int n = 0;

    for (const char *digit; *text && (digit = strchr(digits, *text)); text++) {
        bits = bits << 6 | (uint32_t)(digit - digits);
        n += 6;
        if (n >= 8) {
            n -= 8;
            text_add(&out, &(unsigned char){(unsigned char)(bits >> n)}, 1);
        }
    }
    return out;
}
