# speed.awk: lines of `touchstone bench --tsv` as gnuplot wants them (-v plot=NAME, and
# -v subjects="A B ...": the number of a subject is its place in there).
#   ops       place subject backward seconds          and labels: place name
#   rates     place subject backward percent limit GFLOP/s computes peak loop  likewise
#   roofline  subject operations-per-byte GFLOP/s peak read name
#   errors    place subject seconds error bar name: the golden's lines of check.tsv follow
#   length    subject length linear quadratic, in seconds, a line a subject and length
#   decode    subject cached seen tokens-per-second
BEGIN {
    FS = "\t"
    n = split(subjects, list, " ")
    for (i = 1; i <= n; i++) number[list[i]] = i
}
# Each file begins with its head.
$1 == "model" || $1 == "golden" { split($0, head, "\t"); for (i in head) at[head[i]] = i
                                  check = $1 == "golden"; next }
function get(name) { return $(at[name]) }
function place_of(name) {
    if (!(name in place)) {
        place[name] = places++
        print place[name] "\t" name > labels
    }
    return place[name]
}
function is_quadratic(op) { return op == "scores" || op == "pattern" || op == "z" }

check {
    if (plot != "errors" || get("golden") != golden || get("mode") != "local" || get("step") == 7)
        next
    if (!(get("subject") in number) || get("rms_error") == "") next
    name = get("tensor")
    op = name
    sub(/^h\.[0-9]+\//, "", op)
    if (op == "q" || op == "k" || op == "v") op = "qkv"
    s = seconds[get("subject"), op, get("layer")]
    if (s == "") next
    made_by[name] = op SUBSEP get("layer")
    shown[name, get("subject")] = 1
    print place_of(name), number[get("subject")], s, (get("rms_error") + 0 > 0 ? get("rms_error") : "?"),
        get("bar")
    next
}
!(get("subject") in number) { next }
{
    s = number[get("subject")]
    op = get("op")
    back = get("direction") == "backward"
}
plot == "ops" && !get("seen") { print place_of(op), s, back, get("seconds_median") }
plot == "rates" && !get("seen") {
    print place_of(op), s, back, get("share_of_peak") * 100, get("limit"), get("gflops"),
        (get("operations") > 0), get("peak_gflops"),
        get("loop_mean") / get("limit_mean") * 100
}
plot == "roofline" && !get("seen") && get("operations") > 0 {
    print s, get("operations") / get("bytes"), get("gflops"), get("peak_gflops"),
        get("read_gbytes_per_s"), (op ~ /embed|resid|^ln_2$|^ln_f$/ || back && op != "backward" ? "" : op)
}
plot == "errors" { seconds[get("subject"), op, get("layer")] = get("seconds_median") }
plot == "length" {
    key = s " " get("length")
    if (!(key in linear)) { keys[++n_keys] = key; linear[key] = quadratic[key] = 0 }
    if (is_quadratic(op)) quadratic[key] += get("seconds_median")
    else linear[key] += get("seconds_median")
}
# What comes later replaces what was measured before.
plot == "decode" && op == "decode" && get("seen") { rate[s " 1 " get("seen")] = 1 / get("seconds_median") }
plot == "decode" && op == "forward" && get("batch") == 1 {
    rate[s " 0 " get("length")] = 1 / get("seconds_median")
}
END { for (key in rate) print key, rate[key] }
# Subjects whose errors nobody has measured still have times.
END {
    for (name in made_by)
        for (i = 1; i <= n; i++)
            if (!((name, list[i]) in shown) && (list[i], made_by[name]) in seconds)
                print place_of(name), i, seconds[list[i], made_by[name]], "?", "?"
}
END { for (i = 1; i <= n_keys; i++) print keys[i], linear[keys[i]], quadratic[keys[i]] }
