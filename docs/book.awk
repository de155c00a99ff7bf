# book.awk: one page of the course as pandoc shall read it: formulas between dollars, and in
# place of a line `[code: NAME](../FILE)` the text that it names, with file and line. Called by
# book.sh from the project's root, with -v page=NAME. `bar` is a code fence.
BEGIN {
    bar = "```"
    printf "\n\n<!-- page: %s -->\n\n", page
}

function code(line,    parts, name, file, command, text, n) {
    split(line, parts, /[\[\]() ]+/)  # "", code:, NAME, FILE
    name = parts[3]
    file = substr(parts[4], 4)
    command = "awk -v name=" name " -v number=1 -f docs/code.awk " file
    while ((command | getline text) > 0)
        if (n++ == 0) printf "\n`%s`, line %d\n{.place}\n\n%sc\n", file, text, bar
        else print text
    close(command)
    if (!n) {
        print "book: " page ": " file " has no " name > "/dev/stderr"
        failed = 1
        exit 1
    }
    print bar "\n"
}

# Browsers set a \text upright; pandoc marks the letters of \mathrm one by one.
function upright(formula) {
    gsub(/\\mathrm[{]/, "\\text{", formula)
    return formula
}

# $`x`$ becomes $x$.
function formulas(line,    out) {
    while (match(line, /[$]`[^`]*`[$]/)) {
        out = out substr(line, 1, RSTART - 1) "$" upright(substr(line, RSTART + 2, RLENGTH - 4)) "$"
        line = substr(line, RSTART + RLENGTH)
    }
    return out line
}

/^```math$/ { print "$$"; math = 1; next }
/^```/ && math { print "$$"; math = 0; next }
/^```/ { fence = !fence }
math { print upright($0); next }
fence { print; next }
/^<!-- \/?cards/ { next }
/^\[code: / { code($0); next }
{ print formulas($0) }
END { exit failed }
