/* base64.h: bytes from base64 (RFC 4648), in which fixtures keep texts of any bytes. */
#ifndef BASE64_H
#define BASE64_H

#include "01_tokenize/grow.h"

/* The bytes of a text in base64; what is not of its alphabet ends it. Free text.at. */
struct text from_base64(const char *text);

#endif
