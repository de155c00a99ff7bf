#!/bin/sh
# report.sh OUT: draws OUT/check.tsv, a plot for each golden, and one page with all
# of them, OUT/index.html. Needs gnuplot.
set -eu
out=$1
here=$(dirname "$0")
results=$out/check.tsv
zero=1e-18

[ -r "$results" ] || { echo "report: $results is not there: run make check" >&2; exit 2; }
command -v gnuplot >/dev/null || { echo "report: gnuplot is missing: run make setup" >&2; exit 2; }

goldens=$(awk -F '\t' 'NR > 1 && !seen[$1]++ { print $1 }' "$results")
[ -n "$goldens" ] || { echo "report: $results holds no results: run make check" >&2; exit 2; }
for golden in $goldens; do
    data=$out/$golden.dat
    awk -v golden="$golden" -v zero=$zero -f "$here/columns.awk" "$results" > "$data"
    tensors=$(wc -l < "$data")
    # Labels for up to 60 tensors; beyond that every n-th has one.
    gnuplot -e "data='$data'; golden='$golden'; out='$out/$golden'; zero=$zero" \
        -e "tensors=$tensors; step=$((tensors / 60 + 1))" "$here/error.gp"
    rm "$data"
    echo "report: $out/$golden.png and .svg"
done

awk -F '\t' -v template="$here/page.html" -f "$here/page.awk" "$results" > "$out/index.html"
echo "report: $out/index.html"
