#!/bin/sh
# bug.sh NN [N] [SHOW] ID...: files with a mistake, to be found by reading: `make bug-03`.
# Writes the N-th (or all) to BUILD/bugs/NN/N/. SHOW=check says what the check sees of it,
# and not which mistake it is; SHOW=answer says that.
set -u
BUILD=${BUILD:-build}
step=$1 wanted=$2 show=$3
shift 3
[ $# -gt 0 ] || { echo "bug-$step: there are no bugs of $step, only of 00 to 08" >&2; exit 2; }
case $wanted in
'') ;;
*[!0-9]* | 0) echo "N=$wanted: is no number of a bug, 1 to $#" >&2; exit 2 ;;
*) [ "$wanted" -le $# ] || { echo "N=$wanted: step $step has bugs 1 to $#" >&2; exit 2; } ;;
esac
case $show in
'' | check | answer) ;;
*) echo "SHOW=$show: is not known, only check and answer" >&2; exit 2 ;;
esac
[ -n "$wanted" ] || [ -z "$show" ] || { echo "SHOW=$show: N=1 to $# says of which bug" >&2; exit 2; }
entry() { sed -n "/^mutant $1\$/,/^\$/p" "harness/mutants/$step.mutants"; }
n=0
for id in "$@"; do
    n=$((n + 1))
    [ -z "$wanted" ] || [ "$wanted" = $n ] || continue
    source=$(entry "$id" | sed -n 's/^file //p')
    out=$BUILD/bugs/$step/$n/${source##*/}
    if [ "$show" = answer ]; then
        entry "$id" | sed -n 's/^says //p'
        entry "$id" | grep '^[-+]'
    elif [ "$show" = check ]; then
        make -s BUILD="$BUILD" "$BUILD/touchstone" "$BUILD/mutants/$id.so" > /dev/null || exit 2
        "$BUILD/touchstone" check --fixtures fixtures --step "$step" --direction both \
            --subject "$BUILD/mutants/$id.so" --mode local |
            sed -n '/^FAIL/,/^  pattern/p' | grep -v -e '^  likely' -e '^  again' | head -n 12
    else
        mkdir -p "${out%/*}"
        awk -v id="$id" -f harness/mutants/apply.awk "harness/mutants/$step.mutants" "$source" > "$out" || exit 2
        echo "$out: $source with a mistake. SHOW=check N=$n says what it does, SHOW=answer N=$n what it is."
    fi
done
