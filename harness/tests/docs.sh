#!/bin/sh
# docs.sh: runs every console block of README.md and docs/ and compares its output.
# In a block a line `$ COMMAND` is run from the project's root, and the lines after
# it are what it prints, on standard output and error. A line `...` stands for any
# lines. What differs between machines is masked on both sides: numbers with an
# exponent, what follows `nearest its bar:` or `over its bar:`, and digits beyond the tenth.
# A block whose first line is `# needs torch` is skipped where no Python has PyTorch.
# It also checks that every file that the pages link to is there. BUILD is
# the build folder; the pages say build/, and it is called that for them.
set -u
BUILD=${BUILD:-build}
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work" /tmp/touchstone-docs-*' EXIT
passed=0
failed=0
skipped=0

# Blocks as a list of commands: NUMBER.command, NUMBER.want and, of a block that needs
# something, NUMBER.needs in $work.
split() {
    rm -f "$work"/*.command "$work"/*.want "$work"/*.needs
    awk -v work="$work" '
        /^```console$/ { inside = 1; begun = 0; needs = ""; next }
        /^```/ { inside = 0 }
        inside && !begun && /^# needs / { needs = $3; next }
        inside && /^\$ / {
            n++
            begun = 1
            file = sprintf("%s/%04d", work, n)
            print substr($0, 3) > (file ".command")
            printf "" > (file ".want")
            if (needs) print needs > (file ".needs")
            next
        }
        inside && n { print > (file ".want") }
    ' "$1"
}

mask() {
    sed -E -e 's/-?[0-9]+(\.[0-9]+)?e[-+]?[0-9]+/NUMBER/g' -e 's/(nearest|over) its bar:.*/\1/' \
        -e 's/([0-9]\.[0-9]{9})[0-9]+/\1/g'
}

# Whether $1 fits $2, where a line `...` stands for any lines.
fits() {
    awk '
        # Lines w.. of what is wanted fit lines g.. of what came.
        function fit(w, g) {
            for (; w <= wanted; w++) {
                if (want[w] == "...") {
                    for (; g <= lines + 1; g++)
                        if (fit(w + 1, g)) return 1
                    return 0
                }
                if (g > lines || want[w] != got[g++]) return 0
            }
            return g > lines
        }
        FILENAME == ARGV[1] { want[++wanted] = $0; next }
        { got[++lines] = $0 }
        END { exit !fit(1, 1) }' "$1" "$2"
}

# Whether this machine has what a block needs.
has() {
    case $1 in
    torch) sh ref/python.sh --find > /dev/null 2>&1 ;;
    *) echo "FAIL docs.sh: a block needs $1, which it does not know"; failed=$((failed + 1)); false ;;
    esac
}

page() {
    split "$1"
    for command in "$work"/*.command; do
        [ -e "$command" ] || continue
        want=${command%.command}.want
        needs=${command%.command}.needs
        if [ -e "$needs" ] && ! has "$(cat "$needs")"; then
            skipped=$((skipped + 1))
            echo "SKIP $1: \$ $(cat "$command"): needs a Python with $(cat "$needs")"
            continue
        fi
        sed -e "s,build/touchstone,$BUILD/touchstone,g" -e "s,build/0,$BUILD/0,g" "$command" \
            > "$work/run"
        sh "$work/run" > "$work/raw" 2>&1 < /dev/null
        sed -e "s,$BUILD/touchstone,build/touchstone,g" "$work/raw" | mask > "$work/got"
        mask < "$want" > "$work/wanted"
        if fits "$work/wanted" "$work/got"; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            echo "FAIL $1: \$ $(cat "$command")"
            diff "$work/wanted" "$work/got"
        fi
    done
}

links() {
    for target in $(grep -oE '\]\([^)#:]+[)#]' "$1" | sed -e 's/^](//' -e 's/[)#]$//'); do
        if [ -e "$(dirname "$1")/$target" ]; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            echo "FAIL $1: links to $target, which is not there"
        fi
    done
}

for file in README.md docs/*.md fixtures/README.md fixtures/*/README.md ref/README.md; do
    page "$file"
    links "$file"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
