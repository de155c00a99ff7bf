# speed_table.awk: the whole passes and the matrix products as a table of the page.
BEGIN {
    FS = "\t"
    split("qkv attn_out mlp_pre mlp_out logits forward backward forward_backward train_step " \
          "adamw prefill decode", list, " ")
    for (i in list) wanted[list[i]] = 1
    print "<table>\n<tr><th>subject</th><th>threads</th><th>input</th><th>op</th><th></th>" \
        "<th>median</th><th>GFLOP/s</th><th>GB/s</th><th>of the limit</th><th>x scalar</th>" \
        "<th>x scalar -O3</th></tr>"
}
$1 == "model" { split($0, head, "\t"); for (i in head) at[head[i]] = i; next }
function get(name) { return $(at[name]) }
function ratio(x) { return x > 0 ? sprintf("%.1f", x) : "" }
get("op") in wanted && !get("seen") {
    printf "<tr><th>%s</th><td>%d</td><td>[%d, %d]</td><td>%s</td><td>%s</td><td>%.2f ms</td>",
        get("subject"), get("threads"), get("batch"), get("length"), get("op"), get("direction"),
        get("seconds_median") * 1e3
    printf "<td>%.1f</td><td>%.1f</td><td>%.1f %% of %s%s</td><td>%s</td><td>%s</td></tr>\n",
        get("gflops"), get("gbytes_per_s"), get("share_of_peak") * 100, get("limit"),
        get("unsteady") ? "; the limit moved" : "", ratio(get("over_scalar")),
        ratio(get("over_scalar_O3"))
}
END { print "</table>" }
