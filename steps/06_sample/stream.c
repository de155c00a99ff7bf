/* stream.c: prints a text as it comes, in pieces that may end anywhere.
 *
 * A token of GPT-2 is a string of bytes, which may be a part of a character: the
 * bytes of a character in UTF-8 are held back until it is whole. So are bytes
 * with which the text that ends an answer may have begun. Bytes that are no
 * UTF-8 are printed as they are, once that is sure.
 *
 * UTF-8: RFC 3629, section 3. A first byte 110..., 1110... or 11110... says that
 * one, two or three bytes 10... follow. */
#include "stream.h"

#include <string.h>

/* How many bytes at the end are the beginning of a longer character. */
static size_t begun_character(const char *text, size_t n)
{
    for (size_t back = 1; back <= 3 && back <= n; back++) {
        const unsigned char byte = (unsigned char)text[n - back];
        if (byte < 0x80)
            return 0;
        if (byte >= 0xC0)
            return (byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2) > back ? back : 0;
    }
    return 0;
}

/* How many bytes at the end are the beginning of `stop`. */
static size_t begun_stop(const char *text, size_t n, const char *stop)
{
    const size_t length = strlen(stop);

    for (size_t back = n < length ? n : length; back > 0; back--)
        if (memcmp(text + n - back, stop, back) == 0)
            return back;
    return 0;
}

/* Lets the first n held bytes out. */
static void release(struct stream *s, size_t n)
{
    if (s->out)
        fwrite(s->held, 1, n, s->out);
    if (s->copy)
        fwrite(s->held, 1, n, s->copy);
    s->n_held -= n;
    memmove(s->held, s->held + n, s->n_held);
}

bool stream_put(struct stream *s, const void *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        s->held[s->n_held++] = ((const char *)bytes)[i];
        size_t keep = begun_character(s->held, s->n_held);

        if (s->stop) {
            const size_t begun = begun_stop(s->held, s->n_held, s->stop);
            if (begun == strlen(s->stop)) {
                release(s, s->n_held - begun);
                s->n_held = 0;
                return true;
            }
            keep = begun > keep ? begun : keep;
        }
        release(s, s->n_held - keep);
    }
    return false;
}

void stream_end(struct stream *s)
{
    release(s, s->n_held);
}
