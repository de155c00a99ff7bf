#!/bin/sh
# goldens.sh [CASE...]: what `make goldens` runs: makes the goldens again and compares
# them with what is committed, and where no case is named those of sampling and training, the
# files of fixtures/published, and checks touchstone_trace.py by tracing.py.
# Ends with the sum: `N passed, N failed, N skipped`.
here=$(dirname "$0")
python=$(sh "$here/python.sh" --find) || exit 2
log=$(mktemp) || exit 2
trap 'rm -f "$log"' EXIT

"$python" "$here/goldens.py" "$@" > "$log"
code=$?
[ $code = 2 ] && exit 2
[ $# = 0 ] && for script in sampling training published tracing; do
    "$python" "$here/$script.py" >> "$log"
    status=$?
    [ $status = 2 ] && exit 2
    [ $code = 0 ] && code=$status
done
sed '/^[0-9]* passed, [0-9]* failed, [0-9]* skipped$/d' "$log"
sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' "$log" |
    awk '{ p += $1; f += $2; s += $3 }
         END { printf "%d passed, %d failed, %d skipped\n", p, f, s }'
exit $code
