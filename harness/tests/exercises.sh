#!/bin/sh
# exercises.sh: the exercises of the course work: as shipped each is reported as not written;
# with the step's own code it is right; every known mistake of a step, made in its exercise, is
# answered with its own explanation; every function has hints and stands in its chapter; no
# exercise needs a later step. BUILD is the build folder. A step that somebody works on is not
# as shipped: that part is skipped.
set -u
BUILD=${BUILD:-build}
CC=${CC:-cc}
export BUILD
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
skipped=0

pass() { passed=$((passed + 1)); }
fail() { failed=$((failed + 1)); echo "FAIL $1"; [ ! -s "$work/out" ] || cat "$work/out"; }
skip() { skipped=$((skipped + 1)); echo "SKIP $1"; }
says() { grep -qF -- "$1" "$work/out" || { echo "does not say: $1"; false; }; }

# NAME and a command that holds; what it ran says $work/out.
holds() {
    name=$1
    shift
    : > "$work/out"
    if "$@"; then pass; else fail "$name"; fi
}

exercise() {  # CODE ARGUMENTS: the exit code that is wanted
    want=$1
    shift
    "$BUILD/touchstone" exercise "$@" > "$work/out" 2>&1
    code=$?
    [ $code = "$want" ] || { echo "exit code $code, not $want"; false; }
}

steps='00 01 02 03 04 05 06 07 08 avx2'
runs_avx2() { [ "$1" != avx2 ] || grep -qw avx2 /proc/cpuinfo 2> /dev/null; }
built=
for step in $steps; do built="$built built-exercise-$step"; done
# shellcheck disable=SC2086
make -s -k -j2 BUILD="$BUILD" CC="$CC" "$BUILD/touchstone" "$BUILD/mutants/catalogue.tsv" \
    exercises-built $built > "$work/make" 2>&1 || cat "$work/make"
"$BUILD/touchstone" exercise --list > "$work/list"
folder_of() { awk -v step="$1" '$1 == step { print $3; exit }' "$work/list"; }
count_of() { grep -c "^$1 " "$work/list"; }

# ------------------------------------------------------------------- as shipped

# Whether every function still says that it is not written.
as_shipped() { [ "$(grep -c '^    not_written(__func__);$' "$(folder_of "$1")/exercise.c")" = "$(count_of "$1")" ]; }
not_written() {
    exercise 0 --step "$1" && says "0 passed, 0 failed, $(count_of "$1") skipped" || return 1
    awk -v step="$1" '$1 == step { print $2 }' "$work/list" | while read -r function; do
        grep -qE "^  (not written yet|waits) +$function(,|\$)" "$work/out" || echo "$function"
    done > "$work/missing"
    [ ! -s "$work/missing" ] && says 'next: write '
}
no_warning() {
    case $1 in avx2) flags='-mavx2 -mfma -Iharness/avx2' ;; *) flags="-I$(folder_of "$1")" ;; esac
    # shellcheck disable=SC2086
    "$CC" -std=c11 -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
        -Werror -Wno-unused-parameter -DREAL=float -Isteps -Iharness $flags -fsyntax-only \
        "$(folder_of "$1")/exercise.c" > "$work/out" 2>&1
}
for step in $steps; do
    if ! runs_avx2 "$step"; then
        skip "$step: this CPU has no AVX2"
    elif as_shipped "$step"; then
        holds "$step: as shipped nothing is written" not_written "$step"
        holds "$step: no warnings" no_warning "$step"
    else
        skip "$step: somebody works on $(folder_of "$step")/exercise.c"
    fi
done

# Nothing that `make` builds reads an exercise, and nothing writes one.
built_alone() { ! make -n -B BUILD="$work/none" all 2> /dev/null | grep -E '(0._[a-z]*|avx2)/exercise\.c'; }
never_made() {
    make -n -p BUILD="$BUILD" all 2> /dev/null | awk '
        /^(steps|harness)\/.*\/(exercise\.c|HINTS\.md):/ && before != "# Not a target:" { print; bad = 1 }
        { before = $0 } END { exit bad }'
}
holds 'make alone builds no exercise' built_alone
holds 'no rule makes an exercise.c' never_made

# -------------------------------------------------------------- the step's own code

solved() {
    exercise 0 --step "$1" --subject "$BUILD/exercises/$1-solved.so" &&
        says "$(count_of "$1") passed, 0 failed, 0 skipped" && says 'all is right'
}
for step in $steps; do
    if runs_avx2 "$step"; then holds "$step: its own code is right" solved "$step"; fi
done

# Whether what the step's own code calls is of it or of an earlier one.
nm -A --defined-only "$BUILD"/f64/steps/*/*.o | sed -n 's,.*/steps/\(0.\)_[^:]*:[0-9a-f]* [TBDR] ,\1 ,p' > "$work/symbols"
needs_no_later() {
    nm -u "$BUILD/exercises/$1/solved/"*.o | awk 'NF == 2 { print $2 }' | sort -u |
        awk -v step="$1" 'FNR == NR { of[$2] = $1; next } of[$1] > step { print $1 " of step " of[$1] }' \
            "$work/symbols" - > "$work/out"
    [ ! -s "$work/out" ]
}
no_later_header() {
    sed -n 's/^#include "0\([0-9]\)_.*/\1/p' "$(folder_of "$1")/exercise.c" | awk -v step="$1" '$1 > step + 0' > "$work/out"
    [ ! -s "$work/out" ]
}
for step in 00 01 02 03 04 05 06 07 08; do
    holds "$step: needs nothing of later steps" needs_no_later "$step"
    holds "$step: includes nothing of later steps" no_later_header "$step"
done

# --------------------------------------------------------------- the known mistakes

# openai_adam is in the file of adamw, and no exercise.
sort -u "$BUILD/exercises/mistakes" | grep -vE '^08:opt1-' > "$work/mistakes"
cat > "$work/try" <<'END'
step=${1%%:*}
rest=${1#*:}
id=${rest%%:*}
"$BUILD/touchstone" exercise --step "$step" --subject "$BUILD/exercises/$id.so" > "$0.$id" 2>&1
code=$?
case $id in
right-*) [ $code = 0 ] && grep -q 'all is right' "$0.$id" ;;
*) [ $code = 1 ] && grep -q '^  WRONG ' "$0.$id" && grep '^  \(likely\|or: \)' "$0.$id" | grep -qF "($id)" ;;
esac && echo "ok $1" || echo "bad $1 exit code $code"
END
grep -v "^$(runs_avx2 avx2 && echo none || echo avx2):" "$work/mistakes" |
    xargs -P 2 -n 1 sh "$work/try" > "$work/tried"
passed=$((passed + $(grep -c '^ok' "$work/tried")))
: > "$work/out"
grep '^bad' "$work/tried" > "$work/bad"
while read -r _ id rest; do
    fail "$id: is not answered with its own explanation: $rest"
done < "$work/bad"
enough() { [ "$(grep -c '^ok' "$work/tried")" -ge 140 ]; }
holds 'at least 140 known mistakes' enough

# ------------------------------------------------------------- what a learner sees

# A copy of step 02's exercise with a body for one function.
mine() {  # FUNCTION BODY
    awk -v name="$1" -v body="$2" '
        $0 ~ "^void " name "\\(" { inside = 1 }
        inside && /not_written/ { print "    " body; inside = 0; next }
        { print }' "$work/shipped.c" > "$work/mine.c"
    "$CC" -w -shared -fPIC -DREAL="${3:-double}" -Isteps -Iharness -Isteps/02_embed "$work/mine.c" \
        steps/exercise.c harness/exercise/width.c -o "$work/mine.so" -lm
}
# As shipped, whatever somebody has made of the file.
awk '/^\{$/ { print "{"; print "    not_written(__func__);"; print "}"; skip = 1; next }
     /^\}$/ && skip { skip = 0; next } !skip { print }' steps/02_embed/exercise.c > "$work/shipped.c"
copy='for (size_t i = 0; i < T * C; i++) pos_embed[i] = wpe[i];'
one_is_right() {
    mine embed_positions "$copy" && exercise 0 --step 02 --subject "$work/mine.so" &&
        says 'right            embed_positions' && says 'not written yet  embed_tokens' &&
        says 'next: write embed_tokens' && says '1 passed, 0 failed, 2 skipped'
}
one_does_nothing() {
    mine embed_positions ';' && exercise 1 --step 02 --subject "$work/mine.so" &&
        says 'WRONG            embed_positions' && says 'never written' && says 'hints: steps/02_embed/HINTS.md' &&
        says 'next: mend embed_positions' && says '0 passed, 1 failed, 2 skipped'
}
one_crashes() {
    mine embed_positions 'pos_embed[(size_t)1 << 40] = 0;' && exercise 1 --step 02 --subject "$work/mine.so" &&
        says 'it stopped: embed_positions crashed at pos_embed' && says 'not written yet  embed_tokens'
}
one_ends_the_program() {
    for end in exit _exit; do
        mine embed_positions "extern void $end(int); $end(0);" && exercise 1 --step 02 --subject "$work/mine.so" &&
            says 'WRONG            embed_positions' && says 'it stopped: it ended the program' || return 1
    done
}
one_writes_behind() {
    mine embed_positions "$copy pos_embed[T * C] = 0;" && exercise 1 --step 02 --subject "$work/mine.so" &&
        says 'it stopped: writes behind the end of pos_embed'
}
one_is_float() {
    mine embed_positions "for (size_t i = 0; i < T * C; i++) pos_embed[i] = (float)wpe[i] * 1.0000001f;" &&
        exercise 1 --step 02 --subject "$work/mine.so" && says 'WRONG            embed_positions'
}
one_waits() {
    exercise 0 --step 01 --subject "$BUILD/subjects/exercise-01.so" && says 'waits            bpe, for it needs bpe_lowest'
}
holds 'one is right' one_is_right
holds 'one does nothing' one_does_nothing
holds 'one crashes' one_crashes
holds 'one ends the program' one_ends_the_program
holds 'one writes behind its array' one_writes_behind
holds 'one errs a little' one_is_float
if as_shipped 01; then holds 'one waits for another' one_waits; else skip '01: somebody works on it'; fi

progress() { exercise 0 && says '03    attention' && grep -qE '^[0-9]+ of 45 functions are right$' "$work/out"; }
refused() { text=$1; shift; exercise 2 "$@" && says "$text"; }
check_does_it() {
    "$BUILD/touchstone" check --fixtures fixtures --subject exercise --step 03 > "$work/out" 2>&1
    says '03, attention: steps/03_attention/exercise.c'
}
if runs_avx2 avx2; then holds 'progress' progress; fi
holds 'check --subject exercise' check_does_it
holds 'an unknown step' refused '--step 09: there are exercises of 00 to 08, and avx2' --step 09
holds 'a subject without step' refused '--step says which exercise it is of' --subject ./x.so
holds 'a subject that is no path' refused 'an exercise is `exercise`, or a path' --step 03 --subject f64
holds 'an exercise that is not there' refused 'make check-03 SUBJECT=exercise` builds it' --step 03 --subject ./none.so
holds 'goldens that are not there' refused 'which it has not' --step 03 --only none

# ------------------------------------------------------- hints, chapters, prototypes

# Three hints or more below the heading of the function.
hints() {
    awk -v name="$1" '/^## / { inside = $2 == name } inside && /^<details>/ { n++ } END { exit n < 3 }' "$2/HINTS.md"
}
declared() { grep -qE "(^| |\*)$1\(" "$2/exercise.c"; }
in_chapter() { awk '/^## Exercises/ { inside = 1; next } /^## / { inside = 0 } inside' "$2" | grep -qF "\`$1\`"; }
no_other_hints() {
    for file in steps/*/HINTS.md harness/avx2/HINTS.md; do
        sed -n 's/^## //p' "$file" | while read -r name; do
            grep -q " $name ${file%/HINTS.md} " "$work/list" || echo "$file: $name is no exercise"
        done
    done > "$work/out"
    [ ! -s "$work/out" ]
}
while read -r step function folder chapter; do
    holds "$step: $function has hints" hints "$function" "$folder"
    holds "$step: $function is in exercise.c" declared "$function" "$folder"
    holds "$step: $function is in the exercises of $chapter" in_chapter "$function" "$chapter"
done < "$work/list"
holds 'no hints of what is no exercise' no_other_hints

# --------------------------------------------------------------------- the bugs

bugs() { make -s BUILD="$BUILD" "$@" > "$work/out" 2>&1; }
bug_is_there() {
    bugs "bug-$1" && [ "$(wc -l < "$work/out")" -ge 2 ] && cut -d: -f1 "$work/out" | while read -r file; do
        [ -s "$file" ] && ! cmp -s "$file" "$(sed -n "s,^$file: \([^ ]*\) .*,\1,p" "$work/out")" || echo "$file"
    done > "$work/missing" && [ ! -s "$work/missing" ]
}
bug_answer() { bugs bug-03 N=1 SHOW=answer && says 'The mask begins one place too late'; }
bug_check() { bugs bug-03 N=1 SHOW=check && says 'FAIL h.0/scores' && ! grep -q likely "$work/out"; }
bug_refused() { text=$1; shift; ! bugs "$@" && says "$text"; }
for step in 00 01 02 03 04 05 06 07 08; do
    holds "$step: bugs to find" bug_is_there "$step"
done
holds 'bug: the answer' bug_answer
holds 'bug: what the check sees' bug_check
holds 'bug: no such number' bug_refused 'step 03 has bugs 1 to 3' bug-03 N=4
holds 'bug: an unknown word' bug_refused 'only check and answer' bug-03 N=1 SHOW=it
holds 'bug: which one' bug_refused 'N=1 to 3 says of which bug' bug-03 SHOW=answer

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
