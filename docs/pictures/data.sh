#!/bin/sh
# data.sh NAME FOLDER: prints the numbers of one picture, made by the programs in $BUILD from
# the committed models and goldens. FOLDER is for files on the way. They are rounded, so that
# they come out alike on every machine; runs are in double for the same reason.
set -u
name=$1
folder=$2
touchstone=${BUILD:-build}/touchstone

# In a pipeline exit leaves only its part: the mark is looked for at the end.
failed() { : > "$folder/failed"; exit 2; }
die() { echo "pictures: $*" >&2; failed; }
[ -x "$touchstone" ] || die "$touchstone is not there: run make"

# All numbers of a tensor, a line for each vector, without their places.
values() {  # FILE TENSOR
    "$touchstone" inspect "$1" --tensor "$2" > "$folder/values" || failed
    sed -e 1d -e 's/^\[[^]]*\] *//' "$folder/values"
}

# All numbers of a tensor, one a line.
column() {
    values "$@" | tr -s ' ' '\n' | grep .
}

# A trace in double, FOLDER/trace.h5.
trace() {  # MODEL OPTIONS
    name_of_model=$1
    shift
    "$touchstone" run --model "fixtures/$name_of_model.model.h5" --subject f64 --quiet "$@" \
        -o "$folder/trace.h5" || failed
}

# x, GELU(x), its slope: what the MLP of layer 0 made of each number, and how the gradient
# came back through it. Of many, the first in each twentieth of a unit.
gelu() {
    golden=fixtures/gpt2-tiny.golden.h5
    column $golden h.0/mlp_pre > "$folder/x"
    column $golden h.0/mlp_post > "$folder/y"
    column $golden backward/h.0/mlp_pre > "$folder/dx"
    column $golden backward/h.0/mlp_post > "$folder/dy"
    paste "$folder/x" "$folder/y" "$folder/dx" "$folder/dy" |
        awk '{ place = int(($1 + 10) * 20) }
             $1 > -4.2 && $1 < 3 && $4 != 0 && !seen[place]++ {
                 printf "%.3f %.3f %.3f\n", $1, $2, $3 / $4 }' | sort -n
}

# A line a token: name; what the layer norm reads, C numbers; the same less its mean and
# divided by its deviation; what comes out, with gain and bias.
layernorm() {
    model=fixtures/gpt2-pocket.model.h5
    trace gpt2-pocket --text 'Hello World'
    values "$folder/trace.h5" h.0/resid_pre > "$folder/in"
    values "$folder/trace.h5" h.0/ln_1 > "$folder/out"
    { values $model h.0.ln_1.weight; values $model h.0.ln_1.bias; cat "$folder/in" "$folder/out"; } |
        awk 'NR == 1 { C = NF; for (i = 1; i <= C; i++) gain[i] = $i; next }
             NR == 2 { for (i = 1; i <= C; i++) bias[i] = $i; next }
             NR <= 6 { for (i = 1; i <= C; i++) x[NR - 2, i] = $i; next }
             { for (i = 1; i <= C; i++)
                   printf "%d %d %.3f %.3f %.3f\n", NR - 6, i, x[NR - 6, i],
                       ($i - bias[i]) / gain[i], $i }'
}

# A line a token, the likeliest first: spelling, then its share at four temperatures.
softmax_temperature() {
    trace gpt2-pocket --text 'Hello World'
    "$touchstone" inspect "$folder/trace.h5" --tensor logits | tail -n 1 |
        sed 's/^\[[^]]*\] *//' | tr -s ' ' '\n' | grep . > "$folder/logits"
    i=0
    while [ $i -lt 12 ]; do  # the names of all tokens
        echo $i | "${BUILD:-build}/01_tokenize" --model fixtures/gpt2-pocket.model.h5 --decode
        echo
        i=$((i + 1))
    done > "$folder/names"
    paste "$folder/logits" "$folder/names" | awk -F '\t' '
        BEGIN { T[1] = 0.5; T[2] = 1; T[3] = 2; T[4] = 8 }
        { logit[NR] = $1; name[NR] = $2
          for (k = 1; k <= 4; k++) sum[k] += exp($1 / T[k]) }
        END { for (i = 1; i <= NR; i++) {
                  gsub(/ /, "Ġ", name[i])
                  printf "%.4f %s", logit[i], name[i]
                  for (k = 1; k <= 4; k++) printf " %.4f", exp(logit[i] / T[k]) / sum[k]
                  print "" } }' | sort -k 1,1nr | cut -d' ' -f2- | head -n 7
}

# Two lines of numbers to plot: the values of three tokens in head 1 of the pocket model, and
# what the third token makes of them; of each the first two of its four numbers, the weight.
weighted_mean() {
    trace gpt2-pocket --text 'Hello World'
    values "$folder/trace.h5" h.0/v | sed -n 5,7p > "$folder/v"
    values "$folder/trace.h5" h.0/pattern | sed -n 7p > "$folder/weights"
    values "$folder/trace.h5" h.0/z | sed -n 3p > "$folder/z"
    awk 'FILENAME == ARGV[1] { for (i = 1; i <= 3; i++) w[i] = $i; next }
         FILENAME == ARGV[2] { printf "%.3f %.3f %.3f\n", $1, $2, w[FNR]; next }
         { printf "\n\n%.3f %.3f 1\n", $5, $6 }' "$folder/weights" "$folder/v" "$folder/z"
}

# Two heads of gpt2-tiny on one sentence: tokens, then rows of the patterns.
attention_pattern() {
    trace gpt2-tiny --text 'And the king said unto his servants, Go to the king'
    "$touchstone" inspect "$folder/trace.h5" --tensor input/tokens | sed -e 1d -e 's/^\[[^]]*\] *//' |
        tr -s ' ' '\n' | grep . | while read -r token; do
        echo "$token" | "${BUILD:-build}/01_tokenize" --model fixtures/gpt2-tiny.model.h5 --decode
        echo
    done | sed 's/ /Ġ/g' | tr '\n' ' '
    echo
    for head in $HEADS; do
        echo; echo
        values "$folder/trace.h5" "h.${head%.*}/pattern" | awk -v head="${head#*.}" '
            NR > head * NF && NR <= (head + 1) * NF {
                for (s = 1; s <= NF; s++) printf "%d %d %.2f\n", s - 1, (NR - 1) % NF, $s }'
    done
}
HEADS='0.1 1.3'

# The cosines between the position vectors of gpt2-tiny: every second of both.
positions() {
    values fixtures/gpt2-tiny.model.h5 wpe | awk '
        { for (i = 1; i <= NF; i++) { x[NR, i] = $i; square[NR] += $i * $i } C = NF }
        END { for (t = 1; t <= NR; t += 2) {
                  for (s = 1; s <= NR; s += 2) {
                      sum = 0
                      for (i = 1; i <= C; i++) sum += x[t, i] * x[s, i]
                      printf "%.2f ", sum / sqrt(square[t] * square[s])
                  }
                  print "" } }'
}

# The points, the curve before, those on the way, and after: two blocks.
polynomial() {
    "${BUILD:-build}/07_backprop" --polynomial --points "$folder/points" > "$folder/steps" || failed
    awk 'NR > 1 && NR % 2 { printf "%.3f %.3f %.3f %.3f\n", $1, $2, $3, $4 }' "$folder/points"
    echo; echo
    awk 'NF == 6 && $1 ~ /^[0-9]+$/ { printf "%d %.4f %.4f %.4f %.4f %.4f\n", $1, $2, $3, $4, $5, $6 }' "$folder/steps"
}

# Nothing: what is drawn is the wiring of steps/forward.c.
blocks() { :; }

case $name in
*[!a-z-]*) die "$name is no name of a picture" ;;
esac
command=$(echo "$name" | tr - _)
command -v "$command" > /dev/null || die "$name: data.sh has no function $command"
$command | sed -E 's:-(0[.]0+)( |$):\1\2:g'  # no -0.000
[ ! -e "$folder/failed" ] || exit 2
