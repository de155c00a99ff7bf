#!/bin/sh
# report.sh OUT: draws OUT/check.tsv, for each golden a plot of the forward pass and one
# of the gradients; OUT/gradient_check.tsv, which it makes where it is not there, by the
# programs in $BUILD; the polynomial of 07_backprop, also from there; and one page with all
# plots, OUT/index.html. Needs gnuplot.
set -eu
out=$1
here=$(dirname "$0")
results=$out/check.tsv
zero=1e-18

[ -r "$results" ] || { echo "report: $results is not there: run make check" >&2; exit 2; }
command -v gnuplot >/dev/null || { echo "report: gnuplot is missing: run make setup" >&2; exit 2; }

# Steps 01, 06 and 08 are checked by cases: nothing to draw.
goldens=$(awk -F '\t' 'NR > 1 && $6 !~ /^[168]$/ && !seen[$1]++ { print $1 }' "$results")
[ -n "$goldens" ] || { echo "report: $results holds no results: run make check" >&2; exit 2; }
# draw GOLDEN GRADIENTS NAME: labels for up to 60 tensors, beyond that every n-th has one.
draw() {
    data=$out/$3.dat
    awk -v golden="$1" -v gradients="$2" -v zero=$zero -f "$here/columns.awk" "$results" > "$data"
    tensors=$(wc -l < "$data")
    if [ "$tensors" -gt 0 ]; then
        gnuplot -e "data='$data'; golden='$3'; out='$out/$3'; zero=$zero" \
            -e "tensors=$tensors; step=$((tensors / 60 + 1))" "$here/error.gp"
        echo "report: $out/$3.png and .svg"
    fi
    rm "$data"
}

for golden in $goldens; do
    draw "$golden" 0 "$golden"
    draw "$golden" 1 "$golden-gradients"
done

# One golden of each family: enough to see the V.
differences=$out/gradient_check.tsv
touchstone=${BUILD:-build}/touchstone
if [ ! -e "$differences" ]; then
    [ -x "$touchstone" ] || { echo "report: $touchstone is not there: run make" >&2; exit 2; }
    trap 'rm -f "$out"/gpt[12]-a.part "$differences.part"' EXIT
    for golden in gpt1-a gpt2-a; do  # a mismatch, code 1, is drawn as well
        "$touchstone" check --gradient-check --fixtures "$here/../fixtures" --only $golden \
            --quiet --tsv "$out/$golden.part" > /dev/null || [ $? = 1 ]
    done
    awk 'NR == 1 || FNR > 1' "$out/gpt1-a.part" "$out/gpt2-a.part" > "$differences.part"
    mv "$differences.part" "$differences"
fi
names=$(awk -F '\t' 'NR > 1 && !seen[$1]++ { print $1 }' "$differences" | head -2 | tr '\n' ' ')
[ -n "$names" ] || { echo "report: $differences holds no results: remove it" >&2; exit 2; }
for golden in $names; do
    awk -v golden="$golden" -f "$here/gradient_check.awk" "$differences" \
        > "$out/$golden.gradient_check.dat"
done
gnuplot -e "names='$names'; folder='$out/'" "$here/gradient_check.gp"
rm "$out"/*.gradient_check.dat
echo "report: $out/gradient_check.png and .svg"

# What training is: four parameters fitted to a sine.
fit=$out/polynomial
backprop=${BUILD:-build}/07_backprop
[ -x "$backprop" ] || { echo "report: $backprop is not there: run make" >&2; exit 2; }
"$backprop" --polynomial --points "$fit.tsv" > "$fit.txt"
awk 'NF == 6 && $1 ~ /^[0-9]+$/' "$fit.txt" > "$fit.dat"
least=$(awk '/^ *the best/ { print $3 }' "$fit.txt")
gnuplot -e "points='$fit.tsv'; steps='$fit.dat'; out='$fit'; least=$least" "$here/polynomial.gp"
rm "$fit.txt" "$fit.dat"
echo "report: $fit.png and .svg"

# What `make bench` has measured, if it has.
if [ -e "$out/bench.tsv" ]; then
    sh "$here/speed.sh" draw "$out"
else
    rm -f "$out/speed.part"
fi

awk -F '\t' -v template="$here/page.html" -v speed="$out/speed.part" -f "$here/page.awk" "$results" > "$out/index.html"
echo "report: $out/index.html"
