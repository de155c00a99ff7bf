/* 06_sample: goes on with a text, token by token, each printed as it is made; or
 * answers the turns of a conversation.
 *
 * A GPT only ever goes on with a text. It seems to answer when the text is the
 * record of a conversation that breaks off where the assistant is about to speak:
 *
 *     SYSTEM PROMPT
 *
 *     User: TURN
 *     Assistant:
 *
 * What it goes on with is the answer, up to where it begins a turn of the user
 * itself. Then the next turn is added, and so on. GPT-1 knows no lines and no
 * capitals: to it a turn begins with `user :`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"
#include "program_session.h"
#include "subject.h"

/* The next line of standard input that is not empty, without its end; false: no more. */
static bool read_turn(char **line, size_t *room, size_t *length)
{
    ssize_t n;

    do {
        if (isatty(STDIN_FILENO)) {
            fputs("User: ", stdout);
            fflush(stdout);
        }
        n = getline(line, room, stdin);
        while (n > 0 && ((*line)[n - 1] == '\n' || (*line)[n - 1] == '\r'))
            n--;
    } while (n == 0);
    *length = n > 0 ? (size_t)n : 0;
    return n > 0;
}

/* Adds a turn to the record and has it answered. */
static void answer(struct session *s, const char *turn, size_t length, char *const *record,
                   const size_t *record_length)
{
    FILE *f = s->stream.copy;

    fputs("User: ", f);
    fwrite(turn, 1, length, f);
    fputs("\nAssistant:", f);
    fflush(f);
    session_text(s, "--chat", (struct bytes){(const unsigned char *)*record, *record_length});
    session_go_on(s);
    fputs("\n", f);
}

static void chat(struct session *s)
{
    char *record = NULL, *line = NULL;
    size_t record_length = 0, room = 0, length;

    s->stream.copy = open_memstream(&record, &record_length);
    if (!s->stream.copy)
        die("no memory for a conversation");
    s->stream.stop = s->vocabulary && s->vocabulary->kind == TOKENIZER_GPT1 ? " user :"
                                                                            : "\nUser:";
    fprintf(s->stream.copy, "%s\n\n", s->options.system);
    if (s->options.prompt)
        answer(s, s->options.prompt, strlen(s->options.prompt), &record, &record_length);
    while (read_turn(&line, &room, &length))
        answer(s, line, length, &record, &record_length);
    fclose(s->stream.copy);
    free(record);
    free(line);
}

int main(int argc, char **argv)
{
    struct session s;

    die_as("06_sample");
    subjects_beside(argv[0]);
    const struct options options = read_options(argc, argv);
    session_open(&s, &options);
    if (options.chat) {
        chat(&s);
    } else {
        if (options.prompt)
            session_text(&s, "--prompt", (struct bytes){(const unsigned char *)options.prompt,
                                                        strlen(options.prompt)});
        else
            session_ids(&s, "--prompt-ids", options.prompt_ids);
        session_go_on(&s);
    }
    session_close(&s);
    finish_output();
    return 0;
}
