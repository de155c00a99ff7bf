# page.awk: fills page.html from the results: a table of totals, the plots of each golden, and
# the gradient check's; and what speed.sh has drawn.
BEGIN { FS = "\t" }
FNR > 1 {
    if (!($1 in seen)) { seen[$1] = 1; order[++n] = $1 }
    count[$1, $8]++
    if ($6 ~ /^[168]$/) cases[$1] = 1  # no tensors: nothing is drawn
    if ($6 == 7) graded[$1] = 1
    key = $1 SUBSEP $2 " " $3
    if ($9 != "" && $9 + 0 > worst[key] + 0) { worst[key] = $9; at[key] = $5 }
}
function cell(golden, group,    key) {
    key = golden SUBSEP group
    return sprintf("<td>%.1e<br><small>%s</small></td>", worst[key], at[key])
}
function table(    i, g) {
    for (i = 1; i <= n; i++) {
        g = order[i]
        printf g in cases ? "<tr><th>%s</th>" : "<tr><th><a href=\"#%s\">%s</a></th>", g, g
        printf "<td>%d</td><td>%d</td><td>%d</td>", count[g, "PASS"], count[g, "FAIL"], \
            count[g, "SKIP"] + count[g, "MISTRUSTED"]
        if (g in cases) { print "<td colspan=\"4\">by cases</td></tr>"; continue }
        print cell(g, "f64 local") cell(g, "f64 chain") cell(g, "scalar local") \
              cell(g, "scalar chain") "</tr>"
    }
}
function plots(    i) {
    for (i = 1; i <= n; i++) {
        if (order[i] in cases) continue
        printf "<h2 id=\"%s\">%s</h2>\n<img src=\"%s.svg\" alt=\"errors of %s\">\n", \
            order[i], order[i], order[i], order[i]
        if (order[i] in graded)
            printf "<img src=\"%s-gradients.svg\" alt=\"errors of its gradients\">\n", order[i]
    }
    print "<h2 id=\"gradient-check\">Gradient check</h2>"
    print "<p>Central differences of the loss against backpropagation: every weight tensor along a"
    print "random direction, by the step size. To the right the series is cut off too early, to the"
    print "left the loss is rounded; <code>touchstone check --gradient-check</code> takes the best of"
    print "both.</p>"
    print "<img src=\"gradient_check.svg\" alt=\"error of differences against the step size\">"
}
END {
    while ((getline line < template) > 0)
        if (line ~ /^@table/) table()
        else if (line ~ /^@plots/) plots()
        else if (line ~ /^@speed/) while ((getline part < speed) > 0) print part
        else print line
}
