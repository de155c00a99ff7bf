# code.awk: prints one named place of a C file: a function with its body, a struct, an enum
# or a table, and the comment right above it. The course shows code so, by name.
#     awk -v name=attention_scores -f docs/code.awk steps/03_attention/attention.c
# With -v number=1 the first line is the line number at which the place begins. Exit code 1
# where the file does not define that name. It relies on the house style: definitions begin
# in the first column, and the last line of one is `}` or `};` in the first column.
{ line[NR] = $0 }

# The last line of a definition that begins at line i, 0 where none does.
function ends(i,    j, begun) {
    if (line[i] !~ "^[A-Za-z_]") return 0
    if (line[i] ~ "^(typedef )?(struct|enum|union) " name " [{]" ||
        line[i] ~ "[ *]" name "(\\[[^]]*\\])+ = [{]") {
        if (line[i] ~ /};$/) return i
        for (j = i + 1; j <= NR; j++)
            if (line[j] ~ /^}/) return j
        return 0
    }
    if (line[i] !~ "[ *]" name "[(]") return 0
    for (j = i; j <= NR; j++) {
        if (line[j] ~ /^[{]$/) begun = 1
        if (!begun && line[j] ~ /;$/) return 0  # a prototype
        if (begun && line[j] ~ /^}$/) return j
    }
    return 0
}

END {
    for (i = 1; i <= NR && !last; i++)
        if ((last = ends(i))) first = i
    if (!last) exit 1
    if (line[first - 1] ~ /\*\/$/) {  # but not the comment that the file begins with
        for (i = first - 1; i > 1 && line[i] !~ /^\/\*/; i--);
        if (i > 1) first = i
    }
    if (number) print first
    for (i = first; i <= last; i++) print line[i]
}
