# columns.awk: one golden's results (-v golden=NAME), the forward pass or the gradients
# (-v gradients=0 or 1: step 07), a line a tensor, for gnuplot:
#   place tensor, then for each of f64 local, f64 chain, scalar local, scalar chain
#   the rms error, its bar and the reference's float32 error; ? where there is none.
# An error of exactly 0 cannot stand on a log scale: it is drawn at -v zero=Z.
BEGIN {
    FS = "\t"
    n = split("f64 local,f64 chain,scalar local,scalar chain", group, ",")
    for (i = 1; i <= n; i++) column[group[i]] = i
}
FNR == 1 || $1 != golden || !(($2 " " $3) in column) || ($6 == 7) != gradients { next }
{
    name[$4] = $5
    if ($4 > last) last = $4
    if ($9 == "") next
    at = $4 " " column[$2 " " $3]
    value[at] = ($9 + 0 > 0 ? $9 : zero) " " ($10 + 0 > 0 ? $10 : "?") \
                " " ($13 + 0 > 0 ? $13 : "?")
}
END {
    for (place = 0; place <= last; place++) {
        if (!(place in name)) continue
        printf "%d %s", n_drawn++, name[place]
        for (i = 1; i <= n; i++) {
            at = place " " i
            printf " %s", at in value ? value[at] : "? ? ?"
        }
        printf "\n"
    }
}
