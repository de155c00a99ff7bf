#!/bin/sh
# speed.sh measure OUT: runs `touchstone bench`, from $BUILD, and leaves in OUT
#   bench.tsv bench.json  every op and the whole: $LIKE (gpt2), one text of 64 tokens; the
#                         subjects in $SUBJECT (all that are built), on $THREADS (all cores)
#   bench-sizes.tsv       the whole at other sizes, and on one core: fast subjects
#   bench-length.tsv      one layer, for texts of 64 to 1024 tokens
#   bench-forward.tsv     forward passes by length: decoding without a cache
#   bench-layers.tsv      a fixture whose errors `make check` has measured
# speed.sh draw OUT: draws what is there, and OUT/speed.part, a part of the page.
set -eu
what=$1
out=$2
here=$(dirname "$0")
touchstone=${BUILD:-build}/touchstone
like=${LIKE:-gpt2}
if [ "$like" = gpt1 ]; then longest=512; else longest=1024; fi
lengths="64 128 256 $([ $longest = 512 ] || echo 512) $longest"
fixture=gpt2-b
trap 'rm -f "$out"/speed-*.dat "$out/speed.rows"' EXIT

# bench FILE OPTIONS...: adds what is measured to OUT/FILE.
bench() {
    file=$out/$1
    shift
    echo "bench: $*" >&2
    "$touchstone" bench ${THREADS:+--threads "$THREADS"} "$@" --quiet --tsv "$out/speed.rows" \
        > /dev/null
    if [ -e "$file" ]; then tail -n +2 "$out/speed.rows" >> "$file"; else mv "$out/speed.rows" "$file"; fi
}

measure() {
    [ -x "$touchstone" ] || { echo "bench: $touchstone is not there: run make" >&2; exit 2; }
    mkdir -p "$out"
    rm -f "$out"/bench*.tsv "$out/bench.json"
    "$touchstone" bench --like "$like" --batch 1 --length 64 --tsv "$out/bench.tsv" \
        --json "$out/bench.json" ${SUBJECT:+--subject "$SUBJECT"} ${THREADS:+--threads "$THREADS"}
    all=${SUBJECT:-$(awk -F '\t' 'NR > 1 && $4 !~ /-inside$/ && !seen[$4]++ { print $4 }' \
        "$out/bench.tsv" | paste -sd ,)}
    fast=$(echo "$all" | tr , '\n' | grep -v '^scalar' | paste -sd ,)

    for length in $lengths; do
        bench bench-length.tsv --like "$like" --batch 1 --length "$length" --layer 0 \
            --direction forward --time 20 --subject "$all"
    done
    for length in 8 16 32; do
        bench bench-forward.tsv --like "$like" --batch 1 --length $length --op forward \
            --time 20 --subject "$all"
    done
    bench bench-layers.tsv --model "$here/../fixtures/$fixture.model.h5" --batch 2 --length 17 \
        --direction forward --every-layer --time 10 --subject "$all"
    if [ -n "$fast" ]; then
        for length in $lengths; do
            bench bench-forward.tsv --like "$like" --batch 1 --length "$length" --op forward \
                --subject "$fast"
        done
        bench bench-forward.tsv --like "$like" --batch 1 --length $longest --op decode \
            --subject "$fast"
        for size in "4 64" "1 256" "1 $longest"; do
            bench bench-sizes.tsv --like "$like" --batch "${size% *}" --length "${size#* }" \
                --op forward,backward,forward_backward --time 500 --subject "$fast"
        done
        bench bench-sizes.tsv --like "$like" --batch 4 --length 64 --threads 1 --time 500 \
            --op forward,backward,forward_backward,adamw,prefill,decode --subject "$fast"
    fi
}

# plot NAME TITLE TEXT: draws speed-NAME.dat, if there is anything in it, by speed_NAME.gp.
plot() {
    data=$out/speed-$1.dat
    [ -s "$data" ] || return 0
    gnuplot -e "data='$data'; out='$out/speed-$1'; labels='$out/speed-labels.dat'" \
        -e "subjects='$subjects'; model='$model'; golden='$fixture'" \
        -e "style='$here/speed_style.gp'; load style" "$here/speed_$1.gp"
    echo "report: $out/speed-$1.png and .svg"
    printf '<h3>%s</h3>\n<p>%s</p>\n<img src="speed-%s.svg" alt="%s">\n' "$2" "$3" "$1" "$2" \
        >> "$out/speed.part"
}

# rows NAME FILE: the columns of a plot.
rows() { awk -F '\t' -v plot="$1" -v subjects="$subjects" -v labels="$out/speed-labels.dat" \
             -v golden=$fixture -f "$here/speed.awk" "$2" | sort -k1,1n -k2,2n -k3,3g \
             > "$out/speed-$1.dat"; }

# Those of the files that are there, one after another, in OUT/speed.rows.
join_files() {
    for file in "$@"; do
        if [ -e "$out/$file" ]; then cat "$out/$file"; fi
    done > "$out/speed.rows"
}

draw() {
    command -v gnuplot >/dev/null || { echo "report: gnuplot is missing: run make setup" >&2; exit 2; }
    subjects=$(awk -F '\t' 'NR > 1 && !seen[$4]++ { print $4 }' "$out/bench.tsv" | paste -sd ' ')
    model=$(awk -F '\t' 'NR == 2 { print $1 ", input [" $2 ", " $3 "]" }' "$out/bench.tsv")
    echo "<h2 id=\"speed\">Speed</h2>" > "$out/speed.part"
    join_files bench.tsv bench-sizes.tsv
    awk -F '\t' -f "$here/speed_table.awk" "$out/speed.rows" >> "$out/speed.part"

    rows ops "$out/bench.tsv"
    plot ops 'Time of every op' 'Each op alone, in the first layer that has it, and the whole.'
    rows rates "$out/bench.tsv"
    plot rates 'How near to the limit' 'Above, the share of the limit that holds for the op: the
multiply-adds that the cores can begin, or the bytes that they can read from memory. More than
100 % of the read bandwidth says that the numbers were in a cache. A dash is what multiply-adds
reached meanwhile whose operands come from L1, as a tile does them: what is missing above it no
tile of that shape could have had. Below, operations a second.'
    # What follows is of ops that are timed alone and of whole passes, not of parts of one.
    subjects=$(echo "$subjects" | tr ' ' '\n' | grep -v -e '-inside$' | paste -sd ' ')
    rows roofline "$out/bench.tsv"
    plot roofline 'Roofline' 'No op can be above the lines, unless its numbers are in a cache.'
    if [ -e "$out/bench-layers.tsv" ] && [ -e "$out/check.tsv" ]; then
        join_files bench-layers.tsv check.tsv
        rows errors "$out/speed.rows"
        plot errors 'What the speed costs in accuracy' "Every tensor of the golden $fixture, each
step fed the golden: its error, and the time of the op that makes it on that small model."
    fi
    if [ -e "$out/bench-length.tsv" ]; then
        rows length "$out/bench-length.tsv"
        plot length 'Time by the length of the text' 'One layer. Scores, softmax and mixing grow
with the square of the length, all else in proportion to it.'
    fi
    if [ -e "$out/bench-forward.tsv" ]; then
        join_files bench.tsv bench-forward.tsv
        rows decode "$out/speed.rows"
        plot decode 'Decoding' 'Tokens a second, after so many others. Without a cache a new token
takes a forward pass of all of them.'
    fi
}

case $what in
measure) measure ;;
draw) draw ;;
*) echo "speed.sh: $what is not known, only measure and draw" >&2; exit 2 ;;
esac
