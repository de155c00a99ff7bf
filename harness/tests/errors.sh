#!/bin/sh
# errors.sh: what speed costs in accuracy. Of no tensor, all fixtures and layers together, may
# the rms error of a fast subject be more than twice scalar's; and a loss that errs four times as
# much is found. BUILD is the build folder.
set -u
BUILD=${BUILD:-build}
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
skipped=0

pass() { passed=$((passed + 1)); }
fail() { failed=$((failed + 1)); echo "FAIL $1"; cat "$work/said"; }
beside() { awk -f reports/beside.awk "$1" > "$work/said" 2>&1; }

for subject in avx2 avx512; do
    "$BUILD/touchstone" check --fixtures fixtures --subject "scalar,$subject" --quiet \
        --tsv "$work/$subject" > "$work/said" 2>&1
    if ! cut -f2 "$work/$subject" | grep -qx "$subject"; then
        echo "SKIP $subject: $(head -n 1 "$work/said")"
        skipped=$((skipped + 1))
        continue
    fi
    if beside "$work/$subject"; then pass; else fail "$subject beside scalar"; fi
    cat "$work/said"
    awk -v subject="$subject" 'BEGIN { FS = OFS = "\t" }
        $2 == subject && $5 == "loss" { $9 *= 4 }
        { print }' "$work/$subject" > "$work/wrong"
    if ! beside "$work/wrong" && grep -q "^$subject: chain loss errs" "$work/said"; then
        pass
    else
        fail "$subject with four times the error at the loss"
    fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
