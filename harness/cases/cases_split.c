/* cases_split.c: cases of step 01's split: which pieces a text is cut into, by the pattern
 * of GPT-2 and by the rules of GPT-1 (steps/01_tokenize/split.c). A group for each rule. */
#include "cases_group.h"

#include <stdlib.h>
#include <string.h>

struct split_case {
    const char *text, *pieces;  /* with a bar between two */
};

static const struct split_case gpt2_words[] = {
    {"", ""},
    {"a", "a"},
    {"Hello World", "Hello| World"},
    {"one two three", "one| two| three"},
    {NULL, NULL},
};

static const struct split_case gpt2_endings[] = {
    {"I'll don't we've 'twas", "I|'ll| don|'t| we|'ve| '|twas"},
    {"x's !'s 's 'S", "x|'s| !'|s| '|s| '|S"},
    {"'re'm'd'l'v", "'re|'m|'d|'|l|'|v"},
    {"they're I'm she'd", "they|'re| I|'m| she|'d"},
    {NULL, NULL},
};

static const struct split_case gpt2_spaces[] = {
    {" ", " "},
    {"a\n\n\nb", "a|\n\n|\n|b"},
    {"p   q", "p|  | q"},
    {"p  ", "p|  "},
    {"p ", "p| "},
    {"\t x\t\ty", "\t| x|\t|\t|y"},
    {"a\302\240\302\240b", "a|\302\240|\302\240|b"},
    {"\343\200\200x", "\343\200\200|x"},
    {NULL, NULL},
};

static const struct split_case gpt2_classes[] = {
    {"a1b22 33", "a|1|b|22| 33"},
    {"a, b!? 3.5", "a|,| b|!?| 3|.|5"},
    {"caf\303\251 \317\200\302\262", "caf\303\251| \317\200|\302\262"},
    {"a\342\200\213b", "a|\342\200\213|b"},
    {NULL, NULL},
};

static const struct split_case gpt2_bytes[] = {
    {"a\377\200 b", "a|\377\200| b"},
    {"\360\237\230 a\303", "\360\237\230| a|\303"},
    {NULL, NULL},
};

static const struct split_case gpt1_words[] = {
    {"", ""},
    {"hello world", "hello|world"},
    {" a\t\nb\r", "a|b"},
    {NULL, NULL},
};

static const struct split_case gpt1_case[] = {
    {"Hello WORLD", "hello|world"},
    {"\316\243\316\243 \316\221\316\243", "\317\203\317\203|\316\261\317\203"},
    {"\304\260", "i"},
    {NULL, NULL},
};

static const struct split_case gpt1_punctuation[] = {
    {"hello, world!", "hello|,|world|!"},
    {"don't $5.00", "don|'|t|$|5|.|00"},
    {NULL, NULL},
};

static const struct split_case gpt1_accents[] = {
    {"caf\303\251 \303\240\303\257", "cafe|ai"},
    {"e\314\201", "e"},
    {"a\342\211\240b", "a|=|b"},
    {NULL, NULL},
};

static const struct split_case gpt1_scripts[] = {
    {"a\344\270\255b", "a|\344\270\255|b"},
    {"\353\212\245", "\341\204\202\341\205\263\341\206\274"},
    {NULL, NULL},
};

static const struct split_case gpt1_vanishing[] = {
    {"x\302\255y\342\200\213z\013w", "xyzw"},
    {"a\377\200b\360\237\230", "ab"},
    {NULL, NULL},
};

/* ----------------------------------------------------------------------- checked */

static void join(void *context, const unsigned char *piece, size_t length)
{
    struct text *all = context;

    if (all->length)
        text_add(all, "|", 1);
    text_add(all, piece, length);
}

static void check_split(struct marks *m, const struct split_case *c,
                        void split(const unsigned char *, size_t, piece_visitor *, void *))
{
    for (; c->text; c++) {
        const struct bytes text = {(const unsigned char *)c->text, strlen(c->text)};
        const struct bytes want = {(const unsigned char *)c->pieces, strlen(c->pieces)};
        struct text got = {0};

        case_text(m, text, "pieces with a | between two");
        split(text.at, text.length, join, &got);
        case_end_text(m, (struct bytes){got.at, got.length}, want);
        free(got.at);
    }
}

static void as_gpt2(struct marks *m, const struct case_run *r, const void *cases)
{
    check_split(m, cases, r->ops->split_gpt2);
}

static void as_gpt1(struct marks *m, const struct case_run *r, const void *cases)
{
    check_split(m, cases, r->ops->split_gpt1);
}

void cases_split(struct case_run *r)
{
    static const struct {
        const char *name;
        const struct split_case *cases;
    } gpt2[] = {{"split/gpt2/words", gpt2_words},
                {"split/gpt2/contractions", gpt2_endings},
                {"split/gpt2/spaces", gpt2_spaces},
                {"split/gpt2/classes", gpt2_classes},
                {"split/gpt2/any-bytes", gpt2_bytes}},
      gpt1[] = {{"split/gpt1/words", gpt1_words},
                {"split/gpt1/lower-case", gpt1_case},
                {"split/gpt1/punctuation", gpt1_punctuation},
                {"split/gpt1/accents", gpt1_accents},
                {"split/gpt1/scripts", gpt1_scripts},
                {"split/gpt1/vanishing", gpt1_vanishing}};

    for (size_t i = 0; i < sizeof gpt2 / sizeof gpt2[0]; i++)
        case_group(r, gpt2[i].name, LACKS(r, split_gpt2), as_gpt2, gpt2[i].cases);
    for (size_t i = 0; i < sizeof gpt1 / sizeof gpt1[0]; i++)
        case_group(r, gpt1[i].name, LACKS(r, split_gpt1), as_gpt1, gpt1[i].cases);
}
