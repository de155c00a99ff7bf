#!/bin/sh
# cards.sh fill [PAGE...]   writes the flashcards of cards.txt into the pages, between the
#                           lines `<!-- cards: 03 -->` and `<!-- /cards -->` (`make docs`)
# cards.sh check [PAGE...]  changes nothing, names what is not as `fill` would leave it
# cards.sh anki FILE        writes them for Anki's File, Import (`make cards`)
# Without PAGE all of docs/ are meant. Exit codes: 0, 1 for a page that differs, 2.
set -u
here=$(dirname "$0")
cards=$here/cards.txt
command=${1:-}
[ $# -gt 0 ] && shift
part=$(mktemp) || exit 2
trap 'rm -f "$part"' EXIT

# The file of a chapter, as cards name it.
chapter_file() {
    for file in "$here/$1"-*.md "$here/$1.md"; do
        [ -e "$file" ] && echo "$file" && return
    done
}

# Fills every page; those that differ are written, or named with the exit code 1.
pages() {
    code=0
    for page in "$@"; do
        awk -v form=page -v page="$page" -f "$here/cards.awk" "$cards" > "$part" || exit 2
        cmp -s "$part" "$page" && continue
        if [ "$command" = fill ]; then
            cat "$part" > "$page"
            echo "cards: $page is filled"
        else
            echo "cards: $page: its cards are not those of docs/cards.txt: run make docs"
            code=1
        fi
    done
    return $code
}

# Each chapter that has cards is there and has a place for them.
places() {
    code=0
    for chapter in $(awk -v form=chapters -f "$here/cards.awk" "$cards"); do
        file=$(chapter_file "$chapter")
        if [ -z "$file" ]; then
            echo "cards: docs/cards.txt has cards of chapter $chapter, which is not there"
            code=1
        elif ! grep -qxF "<!-- cards: $chapter -->" "$file"; then
            echo "cards: $file has no place for its cards, a line <!-- cards: $chapter -->"
            code=1
        fi
    done
    return $code
}

case $command in
fill|check)
    [ $# -gt 0 ] || set -- "$here"/*.md
    result=0
    pages "$@" || result=$?
    [ "$command" = fill ] || places || result=1
    exit $result ;;
anki)
    [ $# = 1 ] || { echo "cards.sh: anki needs the file to write" >&2; exit 2; }
    awk -v form=anki -f "$here/cards.awk" "$cards" > "$part" || exit 2
    mkdir -p "$(dirname "$1")" && cp "$part" "$1" || exit 2
    echo "cards: $1: $(grep -vc '^#' "$1") cards; in Anki: File, Import" ;;
*)
    echo "cards.sh: says fill, check or anki, not \`$command\`" >&2
    exit 2 ;;
esac
