#!/bin/sh
# size.sh measure|draw OUT: time and memory of `touchstone compare` against the size of the
# golden. `measure` makes goldens of 10 MB, 100 MB, 1 GB and 10 GB (random numbers of GPT-2's
# shapes, harness/tests/large_golden.c) and as large traces, one after the other, in TMPDIR
# or /var/tmp, which needs 10 GB for the largest; compares each without a model; and writes
# OUT/size.tsv. MOST=1GB stops at that size, MOST=33GB goes on to that one, which needs 29 GB.
# `draw` plots it. BUILD is the build folder.
set -eu
BUILD=${BUILD:-build}
command=${1:-}
OUT=${2:-reports/out}
tab=$(printf '\t')

# Name, then large_golden's layers, heads, width, vocabulary, tokens.
sizes='10MB 2 5 320 5000 64
100MB 3 10 640 5000 256
1GB 4 20 1280 50257 512
10GB 14 25 1600 50257 1024
33GB 48 25 1600 50257 1024'

bytes() { wc -c < "$1" | tr -d ' '; }

measure() {
    work=$(mktemp -d "${TMPDIR:-/var/tmp}/touchstone-size-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    trap 'exit 2' INT TERM
    mkdir -p "$OUT"
    {
        printf 'size\tnumbers\tgolden_bytes\ttrace_bytes\tseconds\tcpu_seconds\tpeak_bytes'
        printf '\tread_seconds\n'
        echo "$sizes" | while read -r name layers heads width vocabulary tokens; do
            echo "size.sh: $name" >&2
            golden=$work/x.golden.h5 trace=$work/x.trace.h5
            numbers=$("$BUILD/tests/large_golden" "$layers" "$heads" "$width" "$vocabulary" \
                "$tokens" "$golden" "$trace" | sed 's/.*, \([0-9]*\) numbers/\1/')
            sync
            compared=$("$BUILD/tests/measure" "$BUILD/touchstone" compare --quiet \
                --golden "$golden" "$trace")
            read=$("$BUILD/tests/measure" sh -c "cat '$golden' '$trace' > /dev/null" | cut -f1)
            printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$numbers" "$(bytes "$golden")" \
                "$(bytes "$trace")" "$compared" "$read"
            rm -f "$golden" "$trace"
            [ "$name" != "${MOST:-10GB}" ] || break
        done
    } > "$work/size.tsv"
    mv "$work/size.tsv" "$OUT/size.tsv"
    column -t -s "$tab" "$OUT/size.tsv" 2> /dev/null || cat "$OUT/size.tsv"
}

draw() {
    gnuplot -e "data='$OUT/size.tsv'; out='$OUT/size'; style='reports/speed_style.gp'" \
        reports/size.gp
    echo "$OUT/size.png"
}

case $command in
measure) measure ;;
draw) draw ;;
*) echo "size.sh: $command is not known, only measure and draw" >&2; exit 2 ;;
esac
