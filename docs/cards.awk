# cards.awk: reads the flashcards, cards.txt, and prints them in one of these forms:
#     -v form=page -v page=03-attention.md   the page with its blocks of cards filled in
#     -v form=anki                           Anki's text format, as its manual describes it
#                                            (Importing, Text Files, File Headers)
#     -v form=quiz -v chapter=03             ID, chapter, question, answer between tabs
#     -v form=check                          nothing; what is wrong, on standard error
# Exit code 2 where cards.txt or a page is not as it should be. A card is a block of lines
# `id:`, `chapter:`, `q:`, `a:` between empty lines; a line that begins with a space goes on
# with the one before; one that begins with # is a comment. `chapter` is the number of a
# chapter or, where it has none, its file's name without .md.
function fail(what) {
    print "cards.txt: " what > "/dev/stderr"
    failed = 1
    exit 2
}

function end_of_card(    i, field) {
    if (!("id" in card)) {
        for (field in card) fail("line " FNR ": a card without id")
        return
    }
    split("chapter q a", names, " ")
    for (i = 1; i <= 3; i++)
        if (card[names[i]] == "") fail(card["id"] ": has no " names[i] ":")
    if (card["id"] !~ /^[a-z0-9-]+$/) fail(card["id"] ": an id is of a-z, 0-9 and -")
    if (card["id"] in place) fail(card["id"] ": two cards have this id")
    if (card["q"] in asked) fail(card["id"] ": asks the same as " asked[card["q"]])
    if ((card["q"] card["a"]) ~ /\$`|\]\(|\t/)
        fail(card["id"] ": formulas, links and tabs do not go into Anki: plain words and `code`")
    asked[card["q"]] = card["id"]
    place[card["id"]] = ++n
    id[n] = card["id"]; of[n] = card["chapter"]; q[n] = card["q"]; a[n] = card["a"]
    count[of[n]]++
    split("", card)
}

/^#/ { next }
/^$/ { end_of_card(); key = ""; next }
/^[ ]/ {
    if (key == "") fail("line " FNR ": goes on with nothing")
    sub(/^ +/, "")
    card[key] = card[key] " " $0
    next
}
/^(id|chapter|q|a): / {
    key = substr($0, 1, index($0, ":") - 1)
    if (key in card) fail("line " FNR ": a second " key ": in one card")
    card[key] = substr($0, length(key) + 3)
    next
}
{ fail("line " FNR ": is none of id:, chapter:, q:, a:") }

# In a summary forges render no Markdown, only HTML.
function html(text,    parts, i, out, n_parts) {
    gsub(/&/, "\\&amp;", text)
    gsub(/</, "\\&lt;", text)
    gsub(/>/, "\\&gt;", text)
    n_parts = split(text, parts, "`")
    for (i = 1; i <= n_parts; i++)
        out = out parts[i] (i == n_parts ? "" : i % 2 ? "<code>" : "</code>")
    return out
}

# Outside `code` a < would begin a tag, and _ and * would be marks.
function markdown(text,    parts, i, out, n_parts) {
    n_parts = split(text, parts, "`")
    for (i = 1; i <= n_parts; i++) {
        if (i % 2) {
            gsub(/&/, "\\&amp;", parts[i])
            gsub(/</, "\\&lt;", parts[i])
            gsub(/[*_]/, "\\\\&", parts[i])
        }
        out = out (i > 1 ? "`" : "") parts[i]
    }
    return out
}

function print_block(chapter,    i) {
    print ""
    for (i = 1; i <= n; i++)
        if (of[i] == chapter)
            printf "<details><summary>%s</summary>\n\n%s\n\n</details>\n\n", html(q[i]),
                markdown(a[i])
}

function fill_page(    line, inside, chapter) {
    while ((getline line < page) > 0) {
        if (line ~ /^<!-- cards: [a-z0-9-]+ -->$/) {
            if (inside) fail(page ": a block of cards begins within another")
            print line
            inside = 1
            chapter = substr(line, 13, length(line) - 16)
            if (!count[chapter]) fail(page ": there are no cards of chapter " chapter)
            print_block(chapter)
        } else if (line == "<!-- /cards -->") {
            if (!inside) fail(page ": a block of cards ends that did not begin")
            inside = 0
            print line
        } else if (!inside)
            print line
    }
    if (inside) fail(page ": a block of cards does not end: <!-- /cards --> is missing")
}

# A field with a quotation mark stands between such marks, each of its own twice.
function field(text) {
    if (text !~ /"/) return text
    gsub(/"/, "\"\"", text)
    return "\"" text "\""
}

function print_anki(    i) {
    print "#separator:tab"
    print "#html:false"
    print "#notetype:Basic"
    print "#deck:Touchstone"
    print "#columns:Front\tBack\tTags"
    print "#tags column:3"
    for (i = 1; i <= n; i++)
        printf "%s\t%s\ttouchstone touchstone::%s\n", field(q[i]), field(a[i]), of[i]
}

function print_quiz(    i) {
    if (chapter != "" && !count[chapter]) {
        print "quiz: CHAPTER=" chapter ": no cards of that chapter; there are " chapters() > "/dev/stderr"
        exit 2
    }
    for (i = 1; i <= n; i++)
        if (chapter == "" || of[i] == chapter) print id[i] "\t" of[i] "\t" q[i] "\t" a[i]
}

# In the order in which they first occur.
function chapters(    i, seen, out) {
    for (i = 1; i <= n; i++)
        if (!seen[of[i]]++) out = out (out == "" ? "" : " ") of[i]
    return out
}

END {
    if (failed) exit 2
    end_of_card()
    if (failed) exit 2
    if (form == "page") fill_page()
    else if (form == "anki") print_anki()
    else if (form == "quiz") print_quiz()
    else if (form == "chapters") print chapters()
    if (failed) exit 2
}
