/* program_options.c: the command line of 06_sample. */
#include "program_options.h"

#include <float.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "program_text.h"
#include "words.h"

static const char flags[] = "--no-cache --chat --slide --ids --verbose";
static const char values[] = "--model --prompt --prompt-ids --system --tokens --temperature "
                             "--top-k --top-p --seed --subject";
static const char system_prompt[] =
    "The following is a conversation between a helpful assistant and a user.";

static void help(void)
{
    puts("06_sample --model M --prompt TEXT: goes on with the text\n"
         "  --prompt-ids \"1 2 3\"   the prompt as ids\n"
         "  --tokens N             how many tokens to make (50)\n"
         "  --temperature X        0 takes the likeliest token; higher is wilder (1)\n"
         "  --top-k K              only the K likeliest (0: all)\n"
         "  --top-p P              only the likeliest that are P of the probability (1: all)\n"
         "  --seed S               of the random numbers\n"
         "  --slide                at n_ctx, drop the oldest tokens and go on\n"
         "  --no-cache             compute the whole text again for every token\n"
         "  --subject NAME         what computes: scalar, the steps themselves, or avx2 (scalar)\n"
         "  --ids, --verbose       print ids; a line for each token\n"
         "  --chat                 a conversation: the next turns come from standard input\n"
         "  --system TEXT          what a conversation begins with\n"
         "docs/commands.md says more.");
    exit(0);
}

static void set_flag(struct options *o, const char *flag)
{
    if (strcmp(flag, "--no-cache") == 0)
        o->no_cache = true;
    else if (strcmp(flag, "--chat") == 0)
        o->chat = true;
    else if (strcmp(flag, "--slide") == 0)
        o->slide = true;
    else if (strcmp(flag, "--ids") == 0)
        o->ids = true;
    else
        o->verbose = true;
}

static void set_value(struct options *o, const char *option, const char *value)
{
    if (strcmp(option, "--model") == 0)
        o->model = value;
    else if (strcmp(option, "--prompt") == 0)
        o->prompt = value;
    else if (strcmp(option, "--prompt-ids") == 0)
        o->prompt_ids = value;
    else if (strcmp(option, "--system") == 0)
        o->system = value;
    else if (strcmp(option, "--subject") == 0)
        o->subject = value;
    else if (strcmp(option, "--tokens") == 0)
        o->tokens = (size_t)whole_number(option, value, 0, INT_MAX);
    else if (strcmp(option, "--temperature") == 0)
        o->how.temperature = real_number(option, value, 0, DBL_MAX);
    else if (strcmp(option, "--top-k") == 0)
        o->how.top_k = (size_t)whole_number(option, value, 0, INT_MAX);
    else if (strcmp(option, "--top-p") == 0)
        o->how.top_p = real_number(option, value, 0, 1);
    else
        o->seed = (uint64_t)whole_number(option, value, 0, LLONG_MAX);
}

static void check(const struct options *o)
{
    if (!o->model)
        die("needs --model M");
    if (o->prompt && o->prompt_ids)
        die("--prompt and --prompt-ids both say how the text begins: give one of them");
    if (o->chat && (o->prompt_ids || o->ids))
        die("--chat is about text: it goes with --prompt, not with ids");
    if (o->no_cache && strcmp(o->subject, "scalar") != 0)
        die("--no-cache is for the steps themselves: not with --subject %s", o->subject);
    if (!o->chat && o->system != system_prompt)
        die("--system belongs to --chat");
    if (!o->chat && !o->prompt && !o->prompt_ids)
        die("needs --prompt TEXT, or --prompt-ids \"1 2 3\", or --chat");
}

struct options read_options(int argc, char **argv)
{
    struct options o = {.tokens = 50, .how = {.temperature = 1, .top_p = 1},
                        .system = system_prompt, .subject = "scalar"};

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            help();
        if (list_has(flags, argv[i])) {
            set_flag(&o, argv[i]);
            continue;
        }
        const bool may_be_empty = strcmp(argv[i], "--prompt") == 0 ||
                                  strcmp(argv[i], "--system") == 0;
        if (!list_has(values, argv[i]))
            die("unknown option %s: --help lists those that there are", argv[i]);
        if (i + 1 == argc || (!*argv[i + 1] && !may_be_empty))
            die("%s needs a value", argv[i]);
        set_value(&o, argv[i], argv[i + 1]);
        o.has_seed |= strcmp(argv[i], "--seed") == 0;
        i++;
    }
    check(&o);
    return o;
}
