# catalogue.awk: reads all entries, and refuses what is not one.
#
#     awk [-v list=1] -f catalogue.awk harness/mutants/*.mutants
#
# Prints the index that the program reads: a line of column names, then a line an entry,
# with tabs between. With list=1, for make: id:file:build:catalogue. Where an entry is
# wrong it ends with exit code 2 and one line that names it.

function stop(why) {
    printf "%s:%d: %s\n", FILENAME, FNR, why > "/dev/stderr"
    stopped = 1
    exit 2
}

# What a file is run as: see README.md.
function kind_of(file) {
    if (file ~ /^steps\/(forward|04_mlp\/mlp|07_backprop\/backward)\.c$/) return "wiring"
    if (file ~ /\/(kv_cache|attention_decode)\.c$/) return "cache"
    if (file ~ /^steps\/01_/) return "tokenize"
    if (file ~ /^steps\/06_/) return "sample"
    if (file ~ /^steps\/08_/ || file ~ /\/adamw\.c$/) return "optimise"
    if (file ~ /^steps\// || file ~ /^harness\/avx2\//) return "op"
    if (file ~ /^harness\/subject\.c$/) return "op"
    return "checker"
}

function step_of(name) {
    sub(/.*\//, "", name)
    sub(/\.mutants$/, "", name)
    return name
}

function finish(    line) {
    if (!id)
        return
    if (!file || !says || (!shows && !probe) || !edits)
        stop(id ": an entry has file, says, shows or probe, and lines with - or +")
    if (list)
        print id ":" file ":" build ":" step
    else
        printf "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", id, step, file, kind_of(file), build,
            shows, says, seen, probe
    id = ""
}

function add(text, more) {
    return text ? text " " more : more
}

BEGIN {
    if (!list)
        print "id\tstep\tfile\tkind\tbuild\ttensors\tsentence\treported\tprobe"
}

FNR == 1 { finish(); step = step_of(FILENAME) }
/^mutant / {
    finish()
    if (NF != 2 || $2 !~ /^[a-z0-9][a-z0-9-]*$/)
        stop("an id is small letters, digits and hyphens, not `" substr($0, 8) "`")
    if ($2 in place)
        stop($2 " is there already, in " place[$2])
    id = $2
    place[id] = FILENAME
    file = says = shows = seen = probe = edits = ""
    build = "f64"
    next
}
/^(#|$)/ { next }
!id { stop("`" $0 "` stands before the first `mutant ID`") }
/^[-+]/ { edits = 1; next }
/^( |@@$)/ { next }
/\t/ { stop(id ": no tabs: they separate the columns of the index") }
$1 == "file" {
    file = $2
    if ((getline line < file) < 0)
        stop(id ": there is no file " file)
    close(file)
    next
}
$1 == "build" {
    build = $2
    if (build !~ /^(f64|scalar|avx2|touchstone)$/)
        stop(id ": build is f64, scalar, avx2 or touchstone, not `" build "`")
    next
}
$1 == "shows" { sub(/^shows */, ""); shows = add(shows, $0); next }
$1 == "says" { sub(/^says */, ""); says = add(says, $0); next }
$1 == "seen" { sub(/^seen */, ""); seen = add(seen, $0); next }
$1 == "probe" { sub(/^probe */, ""); probe = add(probe, $0); next }
{ stop(id ": `" $1 "` is not known, only file, build, shows, says, seen and probe") }

END {
    if (stopped)
        exit 2
    finish()
}
