#!/bin/sh
# draw.sh [NAME...]        draws the pictures of the course again, NAME.svg beside NAME.gp
#                          (`make pictures`)
# draw.sh --check [NAME...] changes nothing: draws each elsewhere and names those whose data
#                          or script are no longer those of the committed picture
# The data come from the programs in $BUILD, by data.sh. Each picture ends with a comment
# that holds the checksums of its data and of its script. Exit codes: 0, 1 for a picture that
# is not as it would be drawn, 2 where it cannot be drawn.
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.." || exit 2
BUILD=${BUILD:-build}
export BUILD
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
check=""
[ "${1:-}" = --check ] && check=yes && shift
command -v gnuplot > /dev/null || { echo "pictures: gnuplot is missing: run make setup" >&2; exit 2; }

sum() {
    cat "$@" | cksum | cut -d' ' -f1
}

# What gnuplot says of itself goes; the note on what it was drawn from comes.
finish() {  # NAME
    sed -e '/^<title>/d' -e '/^<desc>/d' -e 's/font-family="DejaVu Sans"/font-family="DejaVu Sans, Verdana, sans-serif"/g' \
        -e 's/[ \t]*$//' -e '/^$/d' "$work/$1.raw" |
        sed -e "s,^</svg>,<!-- drawn from data $(sum "$work/$1.dat") by script $(sum "$here/$1.gp" "$here/style.gp") -->\n</svg>,"
}

draw() {  # NAME
    sh "$here/data.sh" "$1" "$work" > "$work/$1.dat" || return 2
    gnuplot -e "data='$work/$1.dat'; folder='$here/'" -e "out='$work/$1.raw'" "$here/$1.gp" \
        2> "$work/says" || { cat "$work/says" >&2; return 2; }
    if [ -s "$work/says" ] || ! grep -q '^</svg>' "$work/$1.raw"; then
        cat "$work/says" >&2
        return 2
    fi
    finish "$1" > "$work/$1.svg"
}

if [ $# = 0 ]; then
    for script in "$here"/*.gp; do
        name=$(basename "$script" .gp)
        [ "$name" = style ] || set -- "$@" "$name"
    done
fi
code=0
for name in "$@"; do
    [ -e "$here/$name.gp" ] || { echo "pictures: $name: docs/pictures/$name.gp is not there" >&2; exit 2; }
    draw "$name" || { echo "pictures: $name cannot be drawn" >&2; exit 2; }
    if [ -z "$check" ]; then
        cmp -s "$work/$name.svg" "$here/$name.svg" && continue
        cp "$work/$name.svg" "$here/$name.svg"
        echo "pictures: docs/pictures/$name.svg is drawn"
    elif [ "$(tail -n 2 "$work/$name.svg")" != "$(tail -n 2 "$here/$name.svg" 2>&1)" ]; then
        echo "pictures: docs/pictures/$name.svg was not drawn from these data by this script: run make pictures"
        code=1
    fi
done
exit $code
