/* program_engine.c: `--subject` of the step programs. */
#include "program_engine.h"

#include <string.h>

#include "die.h"
#include "subject.h"

const struct engine_ops *engine_of(const char *subject)
{
    if (strcmp(subject, "scalar") == 0)
        return &subject_engine;

    const struct subject *s = subject_load(subject);
    if (s->width != sizeof(real) || !s->engine)
        die("--subject %s: computes in double, or one op at a time: this takes a whole model in "
            "float", subject);
    return s->engine;
}
