#!/bin/sh
# run.sh: all tests of the project, and check. Shows what each test program says and
# ends with the sum of all: `N passed, N failed, N skipped`. Exit code 1 where any
# failed. BUILD is the build folder; SHORT=1 leaves out checks and docs.
set -u
BUILD=${BUILD:-build}
export BUILD
# A make that a test starts gets no jobs of the one that started the tests, and says nothing of it.
MAKEFLAGS=$(echo "${MAKEFLAGS:-}" | sed -e 's/ *-j[0-9]*//' -e 's/ *--jobserver-[a-z]*=[^ ]*//')
export MAKEFLAGS
log=$(mktemp) || exit 2
trap 'rm -f "$log"' EXIT
passed=0
failed=0
skipped=0

# A program that did not come to its closing line has failed.
add() {  # passed failed skipped
    passed=$((passed + $1)); failed=$((failed + $2)); skipped=$((skipped + $3))
}

# Each test once: cmocka names those that failed a second time, at the end.
count() {
    grep "^\[  $1 \] [a-z0-9_]*\$" "$log" | sort -u | wc -l
}

cmocka() {
    echo "== $1"
    "$BUILD/tests/$1" > "$log" 2>&1
    code=$?
    grep -v -e '^\[ RUN' -e '^\[==' "$log"
    bad=$(count 'FAILED ')
    [ $code != 0 ] && [ "$bad" = 0 ] && bad=1
    add "$(count '     OK')" "$bad" "$(count 'SKIPPED')"
}

# A command whose last line is `N passed, N failed, N skipped`.
closing() {
    echo "== $*"
    "$@" > "$log" 2>&1
    code=$?
    cat "$log"
    numbers=$(tail -n 1 "$log" | sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p')
    if [ -z "$numbers" ] || { [ $code != 0 ] && [ "$(echo "$numbers" | cut -d' ' -f2)" = 0 ]; }; then
        echo "== failed: exit code $code"
        numbers="0 1 0"
    fi
    # shellcheck disable=SC2086
    add $numbers
}

for test in units graph verdicts compare precision exec results files commands cases \
            tokenize train sample look gradients training optimise ngrams polynomial \
            gradient_check import tracer partial bench avx2 avx2_ops; do
    cmocka test_$test
done
if [ -z "${SHORT:-}" ]; then
    cmocka test_mutants
    cmocka test_diagnosis
    closing sh harness/tests/house.sh
    closing sh harness/tests/docs.sh
    closing sh harness/tests/course.sh
    closing sh harness/tests/exercises.sh
    closing make -s check BUILD="$BUILD"
    closing "$BUILD/touchstone" check --gradient-check --fixtures fixtures --quiet
    closing "$BUILD/touchstone" mutants
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
