# apply.awk: makes one known mistake in a copy of a source file.
#
#     awk -v id=ID -f apply.awk NAME.mutants SOURCE > COPY
#
# An entry's lines with - and with a space, without that first column, must be found in
# the source one after the other, exactly once; those with + and with a space take their
# place. A line @@ begins another such place. Otherwise it ends with exit code 2 and one
# line that names the entry, so that entries cannot go stale unseen. Entries are described
# in README.md, and read by catalogue.awk.

function stop(why) {
    printf "%s: %s: %s\n", catalogue, id, why > "/dev/stderr"
    stopped = 1
    exit 2
}

# The place of the old lines of one edit; there must be one.
function place_of(edit,    at, k, found, times) {
    for (at = 1; at + n_old[edit] - 1 <= n_source; at++) {
        for (k = 1; k <= n_old[edit] && source[at + k - 1] == old[edit, k]; k++)
            ;
        if (k > n_old[edit]) {
            times++
            found = at
        }
    }
    if (times != 1)
        stop("the lines from `" old[edit, 1] "` on are in " ARGV[2] " " times + 0 \
             " times, not once: the entry must follow the source")
    return found
}

FNR == 1 { files++ }
files == 1 { catalogue = FILENAME }
files == 1 && /^mutant / { mine = $2 == id; edit = 1; if (mine) known = 1; next }
files == 1 && mine && /^@@/ { edit++; next }
files == 1 && mine && /^[-+ ]/ {
    if (edit > n_edits)
        n_edits = edit
    if (!/^\+/)
        old[edit, ++n_old[edit]] = substr($0, 2)
    if (!/^-/)
        new[edit, ++n_new[edit]] = substr($0, 2)
}
files == 2 { source[++n_source] = $0 }

END {
    if (stopped)
        exit 2
    if (!known)
        stop("there is no such entry")
    for (edit = 1; edit <= n_edits; edit++)
        edit_at[place_of(edit)] = edit
    for (at = 1; at <= n_source;) {
        if (!(at in edit_at)) {
            print source[at++]
            continue
        }
        edit = edit_at[at]
        for (k = 1; k <= n_new[edit]; k++)
            print new[edit, k]
        at += n_old[edit]
    }
}
