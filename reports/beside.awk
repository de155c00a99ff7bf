# beside.awk: the rms errors of subjects beside those of one of them (-v base=scalar), from the rows
# of `touchstone check --tsv`. Two lines a subject: each tensor by itself, and the tensors of one
# name, of all goldens and layers, as one, each error as a share of its bar. A tensor may be one
# number, a loss, to which the base happens to come nearest: so it counts what is above `most`
# (2) times the base's by name, and ends with exit code 1 where anything is.
BEGIN {
    FS = "\t"
    if (!base) base = "scalar"
    if (!most) most = 2
}
FNR == 1 {
    for (i = 1; i <= NF; i++) at[$i] = i
    next
}
$at["bar"] > 0 {
    tensor = $at["mode"] " " $at["tensor"] FS $at["golden"]
    error[$at["subject"], tensor] = $at["rms_error"] / $at["bar"]
    size[tensor] = $at["elements"]
    if ($at["subject"] != base && !seen[$at["subject"]]++) subject[++subjects] = $at["subject"]
}
function times(mine, its) { return its > 0 ? mine / its : mine > 0 ? 1e300 : 1 }
function beside(who,    t, name, ratio, mine, its, all, logs, above, below, names, large, worst) {
    for (t in size) {
        if (!((who, t) in error) || !((base, t) in error)) continue
        name = t
        sub(FS ".*", "", name)
        gsub(/h\.[0-9]+/, "h.*", name)
        mine[name] += size[t] * error[who, t] ^ 2
        its[name] += size[t] * error[base, t] ^ 2
        ratio = times(error[who, t], error[base, t])
        above += ratio > 2
        below += ratio < 0.5
        if (error[who, t] && error[base, t]) { all++; logs += log(ratio) }
    }
    for (name in mine) {
        names++
        ratio = sqrt(times(mine[name], its[name]))
        if (ratio >= large) { large = ratio; worst = name }
        if (ratio > most) { found++; printf "%s: %s errs %.2f times as much as %s\n", who, name, ratio, base }
    }
    printf "%s beside %s: %d tensors, geometric mean %.2f, above twice %d, below half %d\n", who, base,
        all, all ? exp(logs / all) : 1, above, below
    printf "%s beside %s: %d names, most %.2f (%s)\n", who, base, names, large, worst
}
END {
    for (i = 1; i <= subjects; i++) beside(subject[i])
    exit found > 0
}
