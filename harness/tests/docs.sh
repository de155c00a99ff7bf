#!/bin/sh
# docs.sh: runs every console block of README.md and docs/ and compares its output.
# In a block a line `$ COMMAND` is run from the project's root, and the lines after
# it are what it prints, on standard output and error. A line `...` stands for any
# lines. What differs between machines is masked on both sides: numbers with an
# exponent, what follows `nearest its bar:` or `over its bar:`, and digits beyond the tenth.
# A block whose first line is `# needs torch` is skipped where no Python has PyTorch, and
# one that needs gfortran where that is not installed.
# It also checks what pages name: links and their headings, files between backticks, the code
# that the course shows, and the flashcards in it. BUILD is the build folder; the pages say
# build/, and it is called that for them. Their files /tmp/touchstone-docs-* are called otherwise
# in each run, so that two do not meet. `docs.sh PAGE...` checks these pages alone.
set -u
BUILD=${BUILD:-build}
work=$(mktemp -d) || exit 2
# Four letters of its own in place of `docs`: as long, so that columns stay.
own=$(mktemp -d /tmp/touchstone-XXXX) || exit 2
trap 'rm -rf "$work" "$own" "$own"-*' EXIT
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
    gfortran) command -v gfortran > /dev/null ;;
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
            echo "SKIP $1: \$ $(cat "$command"): needs $(cat "$needs")"
            continue
        fi
        sed -E -e "s,(^|[^A-Za-z0-9_/.-])build/(0|touchstone|subjects|mutants|tests|exercises),\1$BUILD/\2,g" \
            -e "s,/tmp/touchstone-docs-,$own-,g" "$command" > "$work/run"
        sh "$work/run" > "$work/raw" 2>&1 < /dev/null
        sed -e "s,$BUILD/,build/,g" -e "s,${own#/tmp/}-,touchstone-docs-,g" "$work/raw" |
            mask > "$work/got"
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

pass() { passed=$((passed + $1)); }
fail() { failed=$((failed + 1)); echo "FAIL $*"; }

# The names that forges give the headings of a page.
headings() {
    awk '/^```/ { fence = !fence }
         !fence && /^#+ / {
             sub(/^#+ /, ""); $0 = tolower($0); gsub(/[^a-z0-9_ \200-\377-]/, ""); gsub(/ /, "-")
             print $0 (seen[$0]++ ? "-" seen[$0] - 1 : "")
         }' "$1"
}

# PAGE LINKED [HEADING]: every link that leads into this project.
links() {
    awk '/^```/ { fence = !fence }
         !fence {
             while (match($0, /\]\([^) :]*\)/)) {
                 print substr($0, RSTART + 2, RLENGTH - 3)
                 $0 = substr($0, RSTART + RLENGTH)
             }
         }' "$1" | sort -u > "$work/links"
    while IFS='#' read -r file heading; do
        target=$(dirname "$1")/$file
        [ -n "$file" ] || target=$1
        if [ ! -e "$target" ]; then
            fail "$1: links to $file, which is not there"
        elif [ -n "$heading" ] && ! headings "$target" | grep -qxF -- "$heading"; then
            fail "$1: links to $file#$heading, and $target has no such heading"
        else
            pass 1
        fi
    done < "$work/links"
}

# What stands between backticks and is a path of this project, or the name of one of its
# sources. NN and words in capitals stand for something; reports/out is made.
files() {
    awk '/^```/ { fence = !fence }
         !fence {
             n = split($0, part, "`")
             for (i = 2; i <= n; i += 2) if (part[i] !~ /[^A-Za-z0-9_.\/-]/) print part[i]
         }' "$1" | grep -vE 'NN|NAME|ID|\.\.\.|^reports/out' |
        grep -E '^(steps|harness|fixtures|ref|reports|docs|build/0|build/touchstone|\.ci)(/|$)|^build/(0|touchstone)|^[a-z0-9_]+\.(c|h|awk|gp|mk|sh)$|^[A-Z]+\.md$' |
        sort -u > "$work/files"
    while read -r file; do
        case $file in
        build/*) [ -e "$BUILD/${file#build/}" ] ;;
        */*) [ -e "$file" ] ;;
        *) [ -e "$file" ] || grep -qxF "$file" "$work/names" ;;
        esac && pass 1 || fail "$1: names $file, which is not there"
    done < "$work/files"
}

# Each `[code: NAME](../FILE)` is a line of its own and names a place of that file.
code() {
    awk '/^```/ { fence = !fence } !fence && /\[code: [^]]*\]\(/' "$1" > "$work/code"
    while read -r line; do
        name=$(echo "$line" | sed -nE 's,^\[code: ([A-Za-z0-9_]+)\]\(\.\./([A-Za-z0-9_./]+)\)$,\1 \2,p')
        file=${name#* }
        name=${name%% *}
        if [ -z "$name" ]; then
            fail "$1: $line: not of the form [code: NAME](../FILE)"
        elif [ ! -e "$file" ] || ! awk -v name="$name" -f docs/code.awk "$file" > /dev/null; then
            fail "$1: $line: $file has no such place"
        else
            pass 1
            echo "$name" >> "$work/shown"
        fi
    done < "$work/code"
}

# Every function that a step offers is shown by some page, once its chapter is there, or
# docs/code-unshown.txt says why not.
unshown() {
    touch "$work/shown"
    grep -v '^#' docs/code-unshown.txt | while read -r name why; do
        [ -n "$why" ] || echo "docs/code-unshown.txt: $name: says no reason"
        echo "$name" >> "$work/excused"
    done > "$work/wrong"
    touch "$work/excused"
    for header in steps/0*/*.h; do
        step=${header#steps/}
        case $header in */program_*) continue ;; esac
        ls docs/"${step%%_*}"-*.md > /dev/null 2>&1 || continue
        # The declarations: what is left without comments, bodies of structs and typedefs.
        sed -e 's,/\*.*\*/,,' "$header" | awk '
            /\/\*/ { comment = 1 } comment { if (/\*\//) comment = 0; next }
            /^(typedef )?(struct|enum|union)[^(]*[{]/ { body = 1 }
            body { if (/}/) body = 0; next }
            !/^[#]/ && !/^typedef/ && match($0, /[a-z_0-9]+\(/) && /^[a-z]/ {
                print substr($0, RSTART, RLENGTH - 1) }' | while read -r name; do
            if grep -qxF "$name" "$work/excused"; then
                echo "$name" >> "$work/used"
                ! grep -qxF "$name" "$work/shown" ||
                    echo "docs/code-unshown.txt: $name: a page shows it"
            elif ! grep -qxF "$name" "$work/shown"; then
                echo "$header: no page of docs/ shows $name: [code: $name](../${header%.h}.c)"
            fi
        done >> "$work/wrong"
    done
    touch "$work/used"
    while read -r name; do
        grep -qxF "$name" "$work/used" ||
            echo "docs/code-unshown.txt: $name: no step with a chapter offers that"
    done < "$work/excused" >> "$work/wrong"
    while read -r line; do
        fail "$line"
    done < "$work/wrong"
    [ -s "$work/wrong" ] || pass 1
}

only=$*
[ $# -gt 0 ] || set -- README.md CONTRIBUTING.md docs/*.md fixtures/README.md fixtures/*/README.md \
    ref/README.md
find steps harness ref reports docs fixtures -type f | sed 's,.*/,,' > "$work/names"
for one in "$@"; do
    page "$one"
    links "$one"
    files "$one"
    code "$one"
done
if [ -z "$only" ]; then
    unshown
    if sh docs/cards.sh check; then pass 1; else fail "the flashcards in the pages"; fi
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
