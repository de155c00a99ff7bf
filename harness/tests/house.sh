#!/bin/sh
# house.sh: the rules of the house that a program can check: lengths of lines, files
# and functions, who may include hdf5.h, size of the fixtures, that no test is forgotten.
set -u
passed=0
failed=0

# A rule holds where the command prints nothing.
rule() {
    name=$1
    shift
    found=$("$@")
    if [ -z "$found" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL $name:"
        echo "$found"
    fi
}

c_files() { find steps harness docs -name '*.[ch]' | sort; }
step_files() { find steps -name '*.c' | sort; }

wide_lines() { c_files | xargs awk 'length($0) > 100 { print FILENAME ":" FNR }'; }
# Tables made by a script are data.
long_files() {
    step_files | grep -v unicode_tables.c | xargs wc -l | awk '$2 != "total" && $1 > 250'
}
long_makefile() { awk 'END { if (NR >= 200) print FILENAME ": " NR " lines" }' Makefile; }
# A function begins at a line with `{` alone and ends at one with `}` alone.
long_functions() {
    c_files | xargs awk '
        FNR == 1 { start = 0 }
        /^\{$/ { start = FNR }
        /^\}$/ { if (start && FNR - start - 1 > 60) print FILENAME ":" start; start = 0 }'
}
# touchstone.h is for programs of others, who have no store.c.
hdf5_users() {
    c_files | xargs grep -l 'include <hdf5.h>' | grep -vE '^harness/(files/store.c|touchstone.h)$'
}
sources_included() { c_files | xargs grep -n '#include .*\.c"'; }
steps_using_checker() {
    # The tokenizer needs memory and a vocabulary (die.h, vocabulary.h), no more.
    find steps -name '*.[ch]' ! -name 'program*' ! -name main.c |
        xargs grep -nE '#include "([a-z]+/.*|die|words|subject|check)\.h"' |
        grep -vE '^steps/01_tokenize/.*"(die|files/vocabulary).h"'
}
left_open() {
    find steps harness ref reports docs Makefile README.md -type f ! -path 'reports/out/*' \
        ! -path '*/__pycache__/*' ! -name house.sh -exec grep -nwHE 'TODO|FIXME|XXX' {} +
}
fast_math() { grep -nE 'Ofast|ffast-math' Makefile; }
big_fixtures() { du -sk fixtures | awk '$1 > 30000 { print $1 " kB" }'; }
headers_without_comment() {
    for f in $(c_files); do
        head -c 2 "$f" | grep -q '^/\*' || case $f in steps/0*.h) ;; *) echo "$f" ;; esac
    done
}
# run.sh and check_san.sh run the others.
tests_not_run() {
    jobs=$(SHORT='' sh harness/tests/run.sh jobs)
    for f in harness/tests/test_*.c harness/tests/*.sh; do
        case $f in */run.sh | */check_san.sh) continue ;; esac
        name=$(basename "$f" .c)
        echo "$jobs" | tr ' ' '\n' | grep -qxF "$name" || echo "$f"
    done
}

rule 'lines of at most 100 columns' wide_lines
rule 'steps of at most 250 lines' long_files
rule 'a Makefile below 200 lines' long_makefile
rule 'functions of at most 60 lines' long_functions
rule 'one file that includes hdf5.h' hdf5_users
rule 'no include of a .c' sources_included
rule 'steps that know nothing of the checker' steps_using_checker
rule 'nothing left open' left_open
rule 'no fast-math' fast_math
rule 'fixtures below 30 MB' big_fixtures
rule 'a file begins with what it does' headers_without_comment
rule 'every test is run' tests_not_run
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
