#!/bin/sh
# run.sh: all tests of the project, and check, one on each core at a time. Shows what each says
# when it has ended, and ends with the sum of all: `N passed, N failed, N skipped`. Exit code 1
# where any failed. BUILD is the build folder; SHORT=1 leaves out checks and docs.
# run.sh FOLDER JOB [JOB...]: these, one after another; their counts go into FOLDER.
# run.sh jobs: the names of all.
set -u
BUILD=${BUILD:-build}
export BUILD
# A make that a test starts gets no jobs of the one that started the tests, and says nothing of it.
MAKEFLAGS=$(echo "${MAKEFLAGS:-}" | sed -e 's/ *-j[0-9]*//' -e 's/ *--jobserver-[a-z]*=[^ ]*//')
export MAKEFLAGS

# Each test once: cmocka names those that failed a second time, at the end.
count() {
    grep "^\[  $1 \] [a-z0-9_]*\$" "$log" | sort -u | wc -l
}

cmocka() {
    "$BUILD/tests/$1" > "$log" 2>&1
    code=$?
    grep -v -e '^\[ RUN' -e '^\[==' "$log" > "$log.said"
    bad=$(count 'FAILED ')
    [ $code != 0 ] && [ "$bad" = 0 ] && bad=1
    numbers="$(count '     OK') $bad $(count 'SKIPPED')"
}

# A command whose last line is `N passed, N failed, N skipped`. One that did not come to it has
# failed.
closing() {
    "$@" > "$log" 2>&1
    code=$?
    cp "$log" "$log.said"
    numbers=$(tail -n 1 "$log" | sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p')
    if [ -z "$numbers" ] || { [ $code != 0 ] && [ "$(echo "$numbers" | cut -d' ' -f2)" = 0 ]; }; then
        echo "== failed: exit code $code" >> "$log.said"
        numbers="0 1 0"
    fi
}

run() {
    log=$folder/$1
    case $1 in
    test_*) cmocka "$1" ;;
    *.sh) closing sh "harness/tests/$1" ;;
    check) closing make -s check BUILD="$BUILD" ;;
    gradient-check) closing "$BUILD/touchstone" check --gradient-check --fixtures fixtures --quiet ;;
    mutants) closing "$BUILD/touchstone" mutants ;;
    esac
    echo "$numbers" > "$folder/$1.numbers"
    (flock 9; echo "== $1"; cat "$log.said") 9> "$folder/lock"
}

# The longest first, so that all cores are done at about the same time. Those on the first line
# make things in the build folder, and go one after another.
all_jobs() {
    [ -n "${SHORT:-}" ] || printf '%s\n' 'docs.sh exercises.sh course.sh check house.sh' \
        errors.sh gradient-check mutants test_mutants test_diagnosis
    printf 'test_%s\n' tracer partial bench compare cases avx2 import files precision commands exec \
        training sample verdicts graph tokenize look gradients avx2_products avx2_attention \
        gradient_check results train avx2_ops optimise ngrams polynomial units
}

if [ "${1:-}" = jobs ]; then
    all_jobs
    exit 0
elif [ $# != 0 ]; then
    folder=$1
    shift
    for job in "$@"; do run "$job"; done
    exit 0
fi

folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
all_jobs > "$folder/jobs"
# shellcheck disable=SC2016
xargs -P "$(nproc)" -I '{}' sh -c 'exec sh "$0" "$1" $2' "$0" "$folder" '{}' < "$folder/jobs"
for job in $(cat "$folder/jobs"); do
    cat "$folder/$job.numbers" 2> /dev/null || { echo "== $job did not end" >&2; echo 0 1 0; }
done | awk '{ passed += $1; failed += $2; skipped += $3 }
            END { print passed + 0 " passed, " failed + 0 " failed, " skipped + 0 " skipped"
                  exit failed > 0 }'
