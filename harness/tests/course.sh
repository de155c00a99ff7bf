#!/bin/sh
# course.sh: the frame of the course: code shown by name, flashcards, Anki's file, the quiz,
# pictures, contents, the book. What the pages say is docs.sh's to test. BUILD is the build
# folder. Where pandoc or a browser is missing, the book's tests are skipped.
set -u
BUILD=${BUILD:-build}
export BUILD
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
skipped=0

# NAME and a command that holds.
holds() {
    name=$1
    shift
    if "$@" > "$work/says" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL $name"
        cat "$work/says"
    fi
}

says() { grep -qF -- "$1" "$work/out" || { echo "does not say: $1"; cat "$work/out"; false; }; }
says_not() { ! grep -qF -- "$1" "$work/out" || { echo "says: $1"; cat "$work/out"; false; }; }

# ---------------------------------------------------------------- code by name

code() { awk -v name="$1" -f docs/code.awk "$2" > "$work/out"; }

code_function() {
    code gelu steps/00_ingredients/gelu.c && [ "$(head -n 1 "$work/out")" = \
        "void gelu(real *out, const real *in, size_t n)" ] && [ "$(tail -n 1 "$work/out")" = "}" ]
}
code_of_header() { code config steps/gpt.h && says 'size_t n_layer' && says_not 'block_weights'; }
code_with_comment() {
    code bpe_lowest steps/01_tokenize/bpe.c && [ "$(grep -c '^const struct merge' "$work/out")" = 1 ]
}
code_number() {
    line=$(awk -v name=softmax -v number=1 -f docs/code.awk steps/00_ingredients/softmax.c | head -n 1)
    sed -n "${line}p" steps/00_ingredients/softmax.c > "$work/out"
    grep -qE '^(void softmax|/\*)' "$work/out"
}
code_unknown() { ! code gelu_of_nobody steps/00_ingredients/gelu.c && [ ! -s "$work/out" ]; }
code_prototype() { ! code gelu steps/00_ingredients/gelu.h; }

holds 'code: a function' code_function
holds 'code: a struct of a header, and no more' code_of_header
holds 'code: one function of several' code_with_comment
holds 'code: the line where it begins' code_number
holds 'code: an unknown name' code_unknown
holds 'code: a prototype is no definition' code_prototype

# ------------------------------------------------------------------- the cards

n_cards=$(grep -c '^id: ' docs/cards.txt)

# A folder of its own with cards, what reads them, and a page.
mkdir "$work/docs"
cp docs/cards.awk docs/cards.sh docs/quiz.awk docs/quiz.sh "$work/docs/"
cards() { printf '%b' "$1" > "$work/docs/cards.txt"; }
page() { printf '%b' "$1" > "$work/docs/03-attention.md"; }
two='id: one\nchapter: 03\nq: What is `a < b`?\na: A _test_ of\n  two numbers, "a" and `*b`.\n\nid: two\nchapter: 03\nq: Second?\na: Yes.\n'
place='# Page\n\n<!-- cards: 03 -->\nold\n<!-- /cards -->\n\nend\n'

refused() {  # CARDS WORDS: cards that are not as they should be
    cards "$1"
    sh "$work/docs/cards.sh" anki "$work/none.txt" > "$work/out" 2>&1
    [ $? = 2 ] && says "$2" && [ ! -e "$work/none.txt" ]
}
fill() {
    cards "$two"
    page "$place"
    sh "$work/docs/cards.sh" check > "$work/out" && return 1
    says 'run make docs' && sh "$work/docs/cards.sh" fill > "$work/out" && says 'is filled' &&
        sh "$work/docs/cards.sh" check > "$work/out" && cp "$work/docs/03-attention.md" "$work/out" &&
        says '<details><summary>What is <code>a &lt; b</code>?</summary>' &&
        says 'A \_test\_ of two numbers, "a" and `*b`.' && says_not old && says end
}
fill_wrong() {  # PAGE WORDS
    cards "$two"
    page "$1"
    cp "$work/docs/03-attention.md" "$work/before"
    sh "$work/docs/cards.sh" fill > "$work/out" 2>&1
    [ $? = 2 ] && says "$2" && cmp "$work/before" "$work/docs/03-attention.md"
}
homeless() {
    cards "$two\nid: three\nchapter: 99\nq: Where?\na: Nowhere.\n"
    page "$place"
    sh "$work/docs/cards.sh" fill > /dev/null
    sh "$work/docs/cards.sh" check > "$work/out"
    [ $? = 1 ] && says 'chapter 99, which is not there'
}

enough() { [ "$n_cards" -ge 55 ] && [ "$n_cards" -le 75 ]; }
holds 'cards: between 55 and 75' enough
holds 'cards: fill, and check' fill
holds 'cards: a chapter that is not there' homeless
holds 'cards: no answer' refused 'id: a\nchapter: 03\nq: x?\n' 'a: has no a:'
holds 'cards: an id twice' refused "$two\n$two" 'two cards have this id'
holds 'cards: a question twice' refused "$two\nid: x\nchapter: 03\nq: Second?\na: No.\n" 'asks the same'
holds 'cards: a card without id' refused 'chapter: 03\nq: x?\na: y\n' 'a card without id'
holds 'cards: a formula' refused 'id: a\nchapter: 03\nq: x?\na: is $`x`$\n' 'do not go into Anki'
holds 'cards: an unknown field' refused 'id: a\nanswer: 3\n' 'is none of'
holds 'cards: a block without end' fill_wrong '# P\n<!-- cards: 03 -->\nold\n' 'does not end'
holds 'cards: an end without beginning' fill_wrong '# P\n<!-- /cards -->\n' 'did not begin'
holds 'cards: a block without cards' fill_wrong '<!-- cards: 04 -->\n<!-- /cards -->\n' 'no cards of chapter 04'

# ------------------------------------------------------------------------ Anki

# Fields as Anki reads them: between tabs, one in quotation marks with each of its own twice.
anki() {
    sh docs/cards.sh anki "$work/anki.txt" > "$work/out" && says "$n_cards cards" &&
        head -n 6 "$work/anki.txt" > "$work/out" && says '#separator:tab' && says '#html:false' &&
        says "$(printf '#columns:Front\tBack\tTags')" && says '#tags column:3' &&
        awk -F '\t' -v n="$n_cards" '
            /^#/ { next }
            NF != 3 { print "line " NR ": not three fields"; bad = 1 }
            { rows++
              for (i = 1; i <= 3; i++) {
                  marks = gsub(/"/, "\"", $i)
                  if (marks && ($i !~ /^".*"$/ || marks % 2)) { print "line " NR ": " $i; bad = 1 }
              } }
            END { exit bad || rows != n }' "$work/anki.txt"
}
anki_quotes() {
    cards "$two"
    sh "$work/docs/cards.sh" anki "$work/out" > /dev/null && grep -qF "$(printf '?\t"A _test_ of two numbers, ""a"" and `*b`."\t')" "$work/out"
}
holds 'anki: all cards, three fields each' anki
holds 'anki: quotation marks' anki_quotes

# -------------------------------------------------------------------- the quiz

quiz() {  # ANSWERS
    printf '%b' "$1" | sh "$work/docs/quiz.sh" > "$work/out" 2>&1
}
known() { cards "$two"; SEED=1 quiz '\ny\n\ny\n' && says '2 of 2 known at once' && says_not 'to ask again'; }
again() {
    cards "$two"
    SEED=1 quiz '\nn\n\ny\n\nmaybe\nn\n\ny\n' && says '1 to ask again' && says '1 of 2 known at once' &&
        [ "$(grep -c 'Enter shows' "$work/out")" = 4 ]
}
input_ends() { cards "$two"; SEED=1 quiz '\ny\n' && says '1 of 1 known at once; 1 not asked'; }
stops() { cards "$two"; SEED=1 quiz 'q\n' && says '0 of 0 known at once; 2 not asked' && says_not 'did you know'; }
order() {
    for run in a:1 b:1 c:2; do
        yes y | head -n 400 | SEED=${run#*:} sh docs/quiz.sh | grep -A 1 '^\[' > "$work/${run%:*}"
    done
    [ -s "$work/a" ] && cmp "$work/a" "$work/b" && ! cmp -s "$work/a" "$work/c"
}
one_chapter() {
    printf '' | CHAPTER=03 SEED=1 sh docs/quiz.sh > "$work/out" &&
        says "$(grep -c '^chapter: 03$' docs/cards.txt) cards"
}
no_chapter() {
    printf '' | CHAPTER=77 sh docs/quiz.sh > "$work/out" 2>&1
    [ $? = 2 ] && says 'CHAPTER=77: no cards' && says language-models
}
bad_seed() {
    printf '' | SEED=-1 sh docs/quiz.sh > "$work/out" 2>&1
    [ $? = 2 ] && says 'no whole number'
}
holds 'quiz: all known' known
holds 'quiz: what was not known comes again' again
holds 'quiz: the input ends' input_ends
holds 'quiz: q ends it' stops
holds 'quiz: the order comes from the seed' order
holds 'quiz: one chapter' one_chapter
holds 'quiz: a chapter without cards' no_chapter
holds 'quiz: a seed that is none' bad_seed

# ---------------------------------------------------------------- the pictures

small() { find docs/pictures -name '*.svg' -size +60k > "$work/out"; [ ! -s "$work/out" ]; }
shown() {
    for picture in docs/pictures/*.svg; do
        grep -qF "(pictures/${picture##*/})" docs/*.md || echo "$picture: no page shows it"
    done > "$work/out"
    [ ! -s "$work/out" ]
}
drawn() {
    for picture in docs/pictures/*.svg; do
        [ -e "${picture%.svg}.gp" ] || echo "$picture: has no script"
        grep -q "fill *[=:] *[\"']#ffffff" "$picture" || echo "$picture: has no white ground"
    done > "$work/out"
    [ ! -s "$work/out" ]
}
stale() {
    sed 's/drawn from data [0-9]*/drawn from data 1/' docs/pictures/gelu.svg > "$work/gelu.svg"
    mkdir -p "$work/root/docs" && cp -r docs/pictures "$work/root/docs/" && cp "$work/gelu.svg" "$work/root/docs/pictures/" &&
        ln -s "$PWD/fixtures" "$work/root/fixtures" || return 1
    BUILD=$(cd "$BUILD" && pwd) sh "$work/root/docs/pictures/draw.sh" --check gelu > "$work/out" 2>&1
    [ $? = 1 ] && says 'gelu.svg was not drawn from these data'
}
holds 'pictures: each as it would be drawn now' sh docs/pictures/draw.sh --check
holds 'pictures: one that is not' stale
holds 'pictures: below 60 kB' small
holds 'pictures: each on a page' shown
holds 'pictures: a script for each, a white ground' drawn

# ---------------------------------------------------------------- the contents

chapter_times() {
    awk -F ' *[|] *' '/^\| \[/ && $5 != "" { sub(/^.*\(/, "", $2); sub(/\).*/, "", $2); print $2 "\t" $5 }' docs/README.md |
        while IFS="$(printf '\t')" read -r file time; do
            [ "$file" = glossary.md ] || grep -qF "| time | $time" "docs/$file" ||
                echo "docs/README.md says $time for $file, which says: $(grep '| time' "docs/$file")"
        done > "$work/out"
    [ ! -s "$work/out" ] || { cat "$work/out"; false; }
}
complete() {
    for file in docs/*.md; do
        [ "$file" = docs/README.md ] || grep -qF "](${file##*/})" docs/README.md || echo "docs/README.md leaves out $file"
    done > "$work/out"
    [ ! -s "$work/out" ] || { cat "$work/out"; false; }
}
sorted() {
    sed -n 's/^| \([^|]*\) | .*/\1/p' docs/glossary.md | sed -e '1d' | tr -d ' ,-' > "$work/terms"
    LC_ALL=C sort -f -c "$work/terms"
}
holds 'contents: the times are those of the chapters' chapter_times
holds 'contents: every page' complete
holds 'glossary: in order' sorted

# -------------------------------------------------------------------- the book

book_whole() {
    [ "$(grep -c '<h1' "$work/book/book.html")" -ge "$(grep -cE '^\| \[' docs/README.md)" ] &&
        ! grep -nE '\[code: |\{\.place\}|\$`|<!-- (cards|page)' "$work/book/book.html"
}
book_links() {  # every link within the book has its place
    grep -oE 'href="#[^"]*"' "$work/book/book.html" | sed 's/href="#\(.*\)"/\1/' | sort -u > "$work/to"
    grep -oE ' id="[^"]*"' "$work/book/book.html" | sed 's/ id="\(.*\)"/\1/' | sort > "$work/at"
    uniq -d "$work/at" > "$work/twice"
    sort -u "$work/at" | comm -23 "$work/to" - > "$work/out"
    [ ! -s "$work/out" ] && [ ! -s "$work/twice" ] || { cat "$work/out" "$work/twice"; false; }
}
book_offline() { ! grep -nE '<(img|script|link|iframe)|src=|@import' "$work/book/book.html"; }
book_pictures() {
    want=$(cat docs/*.md | grep -oE '\]\(pictures/[a-z-]*\.svg\)' | wc -l)
    [ "$(grep -c '<svg' "$work/book/book.html")" = "$want" ]
}
book_formulas() {
    want=$(cat docs/*.md | grep -cx '```math')
    [ "$(grep -o '<math display="block"' "$work/book/book.html" | wc -l)" = "$want" ] &&
        ! grep -n 'class="math ' "$work/book/book.html"
}
book_code() {
    want=$(cat docs/*.md | grep -c '^\[code: ')
    [ "$(grep -o '<div class="place"' "$work/book/book.html" | wc -l)" = "$want" ]
}
# Wider than a phone must be nothing but what scrolls by itself.
book_narrow() {
    cat > "$work/frame.html" <<HTML
<iframe id="f" style="border:0;width:360px;height:600px" src="file://$work/book/book.html"></iframe>
<script>
onload = () => {
  const w = document.getElementById("f").contentDocument.documentElement.scrollWidth;
  document.body.textContent = "the book is " + w + " pixels wide";
};
</script>
HTML
    "$browser" --headless --disable-gpu --no-sandbox --allow-file-access-from-files --dump-dom \
        "file://$work/frame.html" > "$work/out" 2> /dev/null
    wide=$(sed -n 's/.*the book is \([0-9]*\) pixels wide.*/\1/p' "$work/out")
    [ -n "$wide" ] && [ "$wide" -le 360 ] || { cat "$work/out"; false; }
}
if command -v pandoc > /dev/null; then
    holds 'book: is made' sh docs/book.sh "$work/book"
    holds 'book: all pages, nothing left as markup' book_whole
    holds 'book: links' book_links
    holds 'book: needs no network' book_offline
    holds 'book: pictures' book_pictures
    holds 'book: formulas' book_formulas
    holds 'book: code in place of each name' book_code
    browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
    if [ -n "$browser" ]; then
        holds 'book: as narrow as a phone' book_narrow
        holds 'book: as PDF' [ -s "$work/book/book.pdf" ]
    else
        echo "SKIP book: as narrow as a phone, and as PDF: there is no Chromium"
        skipped=$((skipped + 2))
    fi
else
    echo "SKIP book: there is no pandoc: make setup-book installs it"
    skipped=$((skipped + 9))
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
