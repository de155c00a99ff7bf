# speed.awk: lines of `touchstone bench --tsv` as gnuplot wants them (-v plot=NAME, and
# -v subjects="A B ...": the number of a subject is its place in there).
#   ops       place subject backward seconds moved    and labels: place name
#   rates     place subject backward percent limit GFLOP/s computes peak loop  likewise
#   roofline  subject operations-per-byte GFLOP/s peak read moved name
#             and where the name is written
#   errors    place subject seconds error bar name: the golden's lines of check.tsv follow
#   length    subject length linear quadratic moved, in seconds, a line a subject and length
#   decode    subject cached seen tokens-per-second moved
# Moved: the limits of the machine before and after, or before that, were not the same.
BEGIN {
    FS = "\t"
    LINE = 0.075  # decades from a name of the roofline to the next
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
function set_rate(key) {
    rate[key] = 1 / get("seconds_median")
    moved[key] = get("unsteady")
}

# The names of the roofline, from the highest down: where another one is, a name goes below it,
# and farther from its point.
function add_label(name, x, y) {
    label[++n_labels] = name
    label_x[n_labels] = log(x) / log(10)
    height[n_labels] = log(y) / log(10)
    line[n_labels] = point
}
function highest_left(    i, best) {
    for (i = 1; i <= n_labels; i++)
        if (!(i in put) && (!best || height[i] > height[best])) best = i
    return best
}
function put_label(i,    j) {
    for (j = 1; j <= n_put; j++)
        if (label_x[order[j]] - label_x[i] < 0.25 && label_x[i] - label_x[order[j]] < 0.25 &&
                height[order[j]] - height[i] < LINE)
            moved_down[i] = height[i] = height[order[j]] - LINE
    put[order[++n_put] = i] = 1
    print line[i], label[i], 10 ^ (label_x[i] + (i in moved_down ? 0.13 : 0.03)), 10 ^ height[i]
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
plot == "ops" && !get("seen") { print place_of(op), s, back, get("seconds_median"), get("unsteady") }
plot == "rates" && !get("seen") {
    print place_of(op), s, back, get("share_of_peak") * 100, get("limit"), get("gflops"),
        (get("operations") > 0), get("peak_gflops"),
        get("loop_mean") / get("limit_mean") * 100
}
plot == "roofline" && !get("seen") && get("operations") > 0 {
    point = s " " get("operations") / get("bytes") " " get("gflops") " " get("peak_gflops") \
        " " get("read_gbytes_per_s") " " get("unsteady")
    if (s < n || op ~ /embed|resid|^ln_2$|^ln_f$/ || back && op != "backward")
        print point
    else
        add_label(op, get("operations") / get("bytes"), get("gflops"))
}
plot == "errors" { seconds[get("subject"), op, get("layer")] = get("seconds_median") }
plot == "length" {
    key = s " " get("length")
    if (!(key in linear)) { keys[++n_keys] = key; linear[key] = quadratic[key] = 0 }
    if (is_quadratic(op)) quadratic[key] += get("seconds_median")
    else linear[key] += get("seconds_median")
    if (get("unsteady")) moved[key] = 1
}
# What comes later replaces what was measured before.
plot == "decode" && op == "decode" && get("seen") { set_rate(s " 1 " get("seen")) }
plot == "decode" && op == "forward" && get("batch") == 1 { set_rate(s " 0 " get("length")) }
END { for (key in rate) print key, rate[key], moved[key] }
# Subjects whose errors nobody has measured still have times.
END {
    for (name in made_by)
        for (i = 1; i <= n; i++)
            if (!((name, list[i]) in shown) && (list[i], made_by[name]) in seconds)
                print place_of(name), i, seconds[list[i], made_by[name]], "?", "?"
}
END {
    for (i = 1; i <= n_keys; i++)
        print keys[i], linear[keys[i]], quadratic[keys[i]], moved[keys[i]] + 0
}
END {
    for (i = 1; i <= n_labels; i++) put_label(highest_left())
}
