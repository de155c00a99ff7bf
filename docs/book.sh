#!/bin/sh
# book.sh OUT: the whole course as one file, OUT/book.html, readable without a network, and
# OUT/book.pdf where a Chromium is there to print it. The pages are those that docs/README.md
# links to, in that order. Needs pandoc (`make setup-book`).
set -u
[ $# = 1 ] || { echo "book.sh: says where to: book.sh OUT" >&2; exit 2; }
out=$1
cd "$(dirname "$0")/.." || exit 2
case $out in
/*) ;;
*) out=$PWD/$out ;;
esac
command -v pandoc > /dev/null || { echo "book: pandoc is missing: run make setup-book" >&2; exit 2; }
mkdir -p "$out" || exit 2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

pages=$(sed -n '/^## Contents/,$p' docs/README.md | grep -oE '\]\([0-9a-z-]+\.md[)#]' |
    sed -E 's/^\]\((.*)\.md[)#]$/\1/' | awk '!seen[$0]++')
for page in README $pages; do
    [ -r "docs/$page.md" ] || { echo "book: docs/README.md names $page.md, which is not there" >&2; exit 2; }
    awk -v page="$page" -f docs/book.awk "docs/$page.md" >> "$work/book.md" || exit 2
done
pandoc --from gfm+tex_math_dollars \
    --to html5 --mathml --no-highlight --wrap=preserve --toc --toc-depth=2 --standalone \
    --template docs/book.html --lua-filter docs/book.lua \
    --metadata title='Touchstone: GPT-1 and GPT-2, taken apart' \
    -o "$work/book.html" "$work/book.md" 2> "$work/says" || { cat "$work/says" >&2; exit 2; }
cat "$work/says" >&2
# Brackets are to grow only where the formula says \left and \right; pandoc lets all grow, which
# browsers without a mathematical font overdo.
awk 'BEGIN { RS = "</math>" }
     NR > 1 { printf "</math>" }
     { if ($0 !~ /\\left[^a-z]/) gsub(/stretchy="true"/, "stretchy=\"false\"")
       printf "%s", $0 }' "$work/book.html" > "$work/done.html"
cp "$work/done.html" "$out/book.html" || exit 2
echo "book: $out/book.html"

for browser in chromium chromium-browser google-chrome; do
    command -v "$browser" > /dev/null || continue
    # Root has no sandbox to give.
    "$browser" --headless --disable-gpu $([ "$(id -u)" = 0 ] && echo --no-sandbox) \
        --no-pdf-header-footer --print-to-pdf="$work/book.pdf" "file://$out/book.html" \
        > "$work/says" 2>&1 && [ -s "$work/book.pdf" ] || {
        echo "book: $browser could not print it, so there is no book.pdf" >&2
        exit 2
    }
    cp "$work/book.pdf" "$out/book.pdf" || exit 2
    echo "book: $out/book.pdf"
    break
done
