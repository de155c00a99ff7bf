#!/bin/sh
# report.sh OUT: draws OUT/check.tsv, for each golden a plot of the forward pass and one
# of the gradients, and one page with all of them, OUT/index.html. Needs gnuplot.
set -eu
out=$1
here=$(dirname "$0")
results=$out/check.tsv
zero=1e-18

[ -r "$results" ] || { echo "report: $results is not there: run make check" >&2; exit 2; }
command -v gnuplot >/dev/null || { echo "report: gnuplot is missing: run make setup" >&2; exit 2; }

goldens=$(awk -F '\t' 'NR > 1 && !seen[$1]++ { print $1 }' "$results")
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

awk -F '\t' -v template="$here/page.html" -f "$here/page.awk" "$results" > "$out/index.html"
echo "report: $out/index.html"
