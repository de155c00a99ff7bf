# gradient_check.awk: the rows of `touchstone check --gradient-check --tsv` of one golden
# (-v golden=NAME), random directions alone, as `step error` for gnuplot. Data sets with
# two empty lines between them: embeddings, matrices, biases, layer norms by order 2, a
# curve a tensor, and then the medians of all tensors by order 2, 4 and 6.
BEGIN { FS = "\t"; n_groups = split("embeddings,matrices,biases,norms", groups, ",") }
function group_of(tensor) {
    if (tensor ~ /^w[tp]e$/) return "embeddings"
    if (tensor ~ /ln_[12f]\./) return "norms"
    return tensor ~ /bias$/ ? "biases" : "matrices"
}
FNR == 1 || $1 != golden || $4 != "random" { next }
{
    if (!($3 in group)) { group[$3] = group_of($3); tensor[++n] = $3 }
    if (!($5 in seen)) { seen[$5] = 1; step[++n_steps] = $5 }
    error[$3, $5, $6] = $10
}
# An error of exactly 0 cannot stand on a log scale.
function shown(x) { return x + 0 > 0 ? x : "?" }
function median(at, order,    i, j, k, x, value) {
    k = 0
    for (i = 1; i <= n; i++)
        if ((tensor[i], at, order) in error) {
            x = error[tensor[i], at, order] + 0
            for (j = ++k; j > 1 && value[j - 1] > x; j--) value[j] = value[j - 1]
            value[j] = x
        }
    return k ? value[int((k + 1) / 2)] : 0
}
END {
    for (g = 1; g <= n_groups; g++) {
        for (i = 1; i <= n; i++) {
            if (group[tensor[i]] != groups[g]) continue
            for (j = 1; j <= n_steps; j++)
                print step[j], shown(error[tensor[i], step[j], 2])
            print ""
        }
        print ""
    }
    split("2,4,6", orders, ",")
    for (k = 1; k <= 3; k++) {
        for (j = 1; j <= n_steps; j++) print step[j], shown(median(step[j], orders[k]))
        print "\n"
    }
}
