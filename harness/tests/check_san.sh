#!/bin/sh
# check_san.sh: check and the tests built with AddressSanitizer and UBSan, the tests of the
# fast subject with ThreadSanitizer, then check under valgrind. Ends with `N passed,
# N failed, N skipped`, one for each part: a program that reports an error, leaks, or fails
# is one failed. BUILD is the folder for the sanitized build, CC the compiler.
set -u
BUILD=${BUILD:-build/san}
CC=${CC:-cc}
plain=$(dirname "$BUILD")
passed=0
failed=0
skipped=0

verdict() {  # name, exit code
    if [ "$2" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    echo "== $1: exit code $2"
}

make -s -j2 all tests BUILD="$BUILD" CC="$CC" CFLAGS='-O1 -g -fno-omit-frame-pointer' \
    SAN='-fsanitize=address,undefined -fno-sanitize-recover=all' || exit 1

# On one core, beside what follows.
log=$(mktemp) || exit 2
valgrind=
trap 'rm -f "$log"; [ -z "$valgrind" ] || kill "$valgrind" 2> /dev/null' EXIT
if command -v valgrind > /dev/null; then
    make -s -j2 all BUILD="$plain" CC="$CC" || exit 1
    valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite \
        "$plain/touchstone" check --fixtures fixtures --subject scalar,avx2 --quiet > "$log" 2>&1 &
    valgrind=$!
fi

"$BUILD/touchstone" check --fixtures fixtures --quiet
verdict 'check with AddressSanitizer (and its leak check) and UBSan' $?

# Programs that end early, with one line, leave memory to the system.
SANITIZED=1 ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 SHORT=1 sh harness/tests/run.sh
verdict 'tests with AddressSanitizer and UBSan' $?

# ThreadSanitizer understands OpenMP only with LLVM's library and its tool Archer.
archer=$(ls /usr/lib/llvm-*/lib/libarcher.so 2> /dev/null | tail -n 1)
if [ -n "$archer" ] && command -v clang > /dev/null; then
    tests="test_avx2_attention test_avx2_ops test_avx2_products test_avx2"
    # shellcheck disable=SC2046
    make -s -j2 BUILD="$plain/tsan" CC=clang CFLAGS='-O1 -g' SAN=-fsanitize=thread \
        $(for test in $tests; do echo "$plain/tsan/tests/$test"; done) \
        $(for subject in f64 scalar avx2; do echo "$plain/tsan/subjects/$subject.so"; done) ||
        exit 1
    for test in $tests; do
        BUILD="$plain/tsan" TOUCHSTONE_CASES=4 OMP_TOOL_LIBRARIES="$archer" \
            TSAN_OPTIONS=ignore_noninstrumented_modules=1 "$plain/tsan/tests/$test"
        verdict "$test with ThreadSanitizer" $?
    done
else
    skipped=$((skipped + 1))
    echo '== tests with ThreadSanitizer: skipped, no clang with libarcher.so: run make setup-dev'
fi

if [ -n "$valgrind" ]; then
    wait "$valgrind"
    code=$?
    valgrind=
    cat "$log"
    verdict 'check under valgrind' $code
else
    skipped=$((skipped + 1))
    echo '== check under valgrind: skipped, it is not installed: run make setup-dev'
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
