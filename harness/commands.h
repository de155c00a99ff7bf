/* commands.h: the commands of build/touchstone. Each takes the arguments after
 * its name and returns the exit code: 0 all holds, 1 a mismatch; where it could
 * not compare it ends the program with 2 (die.h). docs/commands.md. */
#ifndef COMMANDS_H
#define COMMANDS_H

int command_check(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_run(int argc, char **argv);
int command_inspect(int argc, char **argv);
int command_count(int argc, char **argv);
int command_bench(int argc, char **argv);
int command_import(int argc, char **argv);
int command_mutants(int argc, char **argv);

#endif
