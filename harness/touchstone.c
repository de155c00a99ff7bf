/* touchstone.c: the program build/touchstone: one command, given by its name. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "die.h"
#include "exercise/exercises.h"
#include "subject.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *usage, *does;
} commands[] = {
    {"check", command_check, "--model M --golden G | --fixtures FOLDER [--only NAME]",
     "runs subjects on a golden's input and compares every tensor; with --exec COMMAND, any\n"
     "      program; with --gradient-check, backpropagation with differences of the loss"},
    {"compare", command_compare, "--golden G [--model M] TRACE | --results OLD.json NEW.json",
     "compares a trace made by anyone; or two files of results"},
    {"run", command_run, "--model M (--text S | --tokens \"1 2 3\" | --input G) -o TRACE",
     "runs a subject and writes a trace"},
    {"inspect", command_inspect, "FILE",
     "shows what a file holds: attributes, tensors, figures, damage"},
    {"count", command_count, "--model M | --like NAME",
     "counts parameters and multiply-adds, per kind of matrix"},
    {"bench", command_bench, "--model M | --like NAME [--batch B] [--length T]",
     "times every op and the whole, beside what the machine can do at most"},
    {"import", command_import, "FOLDER -o MODEL [--name N]",
     "makes a model file of published weights: HuggingFace's, or OpenAI's GPT-1"},
    {"mutants", command_mutants, "[--only ID] [--step NN] [--list]",
     "tries the known mistakes, and shows that the check catches each, and where"},
    {"exercise", command_exercise, "[--step NN]",
     "marks what a learner has written; make check-NN SUBJECT=exercise builds it before"},
};

enum { N_COMMANDS = sizeof commands / sizeof commands[0] };

static int help(void)
{
    printf("touchstone: proves a GPT right, tensor by tensor\n\n");
    for (size_t i = 0; i < N_COMMANDS; i++)
        printf("  touchstone %s %s\n      %s\n", commands[i].name, commands[i].usage,
               commands[i].does);
    printf("\ndocs/commands.md describes every option.\n"
           "Exit codes: 0 all holds, 1 a mismatch, 2 could not compare.\n");
    finish_output();
    return 0;
}

int main(int argc, char **argv)
{
    die_as("touchstone");
    subjects_beside(argv[0]);
    if (argc < 2)
        die("name a command: check, compare, run, inspect, count, bench, import, mutants or "
            "exercise; touchstone help says more");
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
        strcmp(argv[1], "-h") == 0)
        return help();
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0) {
            const int code = commands[i].run(argc - 2, argv + 2);
            finish_output();
            return code;
        }
    die("`%s` is no command: there are check, compare, run, inspect, count, bench, import, "
        "mutants and exercise", argv[1]);
}
