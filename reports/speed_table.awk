# speed_table.awk: the whole passes and the matrix products as a table of the page, and one
# of the ops inside a pass.
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
function loop() {
    return sprintf(", %s %.1f %%", get("limit") == "peak" ? "fed from L1" : "a bare loop",
        100 * get("loop_mean") / get("limit_mean"))
}
function ratio(x) { return x > 0 ? sprintf("%.1f", x) : "" }
get("subject") ~ /-inside$/ {
    key = get("subject") "\t" get("threads") "\t" get("batch") ", " get("length") "\t" get("op") \
        "\t" get("direction")
    pass = get("subject") get("threads") get("batch") "," get("length") get("direction")
    if (!(key in seconds)) { keys[++n_keys] = key; pass_of[key] = pass }
    seconds[key] += get("seconds_median")
    operations[key] += get("operations")
    bytes[key] += get("bytes")
    at_limit[key] += get("seconds_median") * get("share_of_peak")
    limit[key] = get("limit")
    whole[pass] += get("seconds_median")
    next
}
get("op") in wanted && !get("seen") {
    printf "<tr><th>%s</th><td>%d</td><td>[%d, %d]</td><td>%s</td><td>%s</td><td>%.2f ms</td>",
        get("subject"), get("threads"), get("batch"), get("length"), get("op"), get("direction"),
        get("seconds_median") * 1e3
    printf "<td>%.1f</td><td>%.1f</td><td>%.1f %% of %s%s%s</td><td>%s</td><td>%s</td></tr>\n",
        get("gflops"), get("gbytes_per_s"), get("share_of_peak") * 100, get("limit"),
        loop(), get("unsteady") ? "; the limit moved" : "", ratio(get("over_scalar")),
        ratio(get("over_scalar_O3"))
}
END {
    print "</table>"
    if (n_keys) {
        print "<h3>Where the time goes</h3>\n<p>Ops inside a whole pass, all layers together; those " \
            "that are done at once in one line.</p>\n<table>\n<tr><th>subject</th><th>threads</th>" \
            "<th>input</th><th>ops</th><th></th><th>time</th><th>of the pass</th><th>GFLOP/s</th>" \
            "<th>GB/s</th><th>of the limit</th></tr>"
    }
    for (i = 1; i <= n_keys; i++) {
        key = keys[i]
        split(key, part, "\t")
        printf "<tr><th>%s</th><td>%d</td><td>[%s]</td><td>%s</td><td>%s</td>", part[1], part[2],
            part[3], part[4], part[5]
        printf "<td>%.2f ms</td><td>%.1f %%</td><td>%.1f</td><td>%.1f</td><td>%.1f %% of %s</td></tr>\n",
            seconds[key] * 1e3, 100 * seconds[key] / whole[pass_of[key]],
            operations[key] / seconds[key] / 1e9, bytes[key] / seconds[key] / 1e9,
            100 * at_limit[key] / seconds[key], limit[key]
    }
    if (n_keys) print "</table>"
}
