# quiz.awk: asks flashcards, and again those that were not known, until all are. Called by
# quiz.sh with -v cards=FILE -v seed=N; reads the answers from standard input, and where they
# end, it ends. The order comes from the seed alone, whatever awk this is.
function random(below) {
    # Park and Miller's generator: 16807 s mod 2^31 - 1, exact in doubles.
    state = (16807 * state) % 2147483647
    return int(state / 2147483647 * below)
}

function shuffle(list, n,    i, j, keep) {
    for (i = n; i > 1; i--) {
        j = 1 + random(i)
        keep = list[i]; list[i] = list[j]; list[j] = keep
    }
}

# The text in lines of at most 78 characters, each after `indent`.
function wrapped(text, indent,    words, n, i, line, out) {
    n = split(text, words, " ")
    for (i = 1; i <= n; i++) {
        if (line != "" && length(line) + length(words[i]) > 77) {
            out = out indent line "\n"
            line = ""
        }
        line = line (line == "" ? "" : " ") words[i]
    }
    return out indent line "\n"
}

# One line of input; 0 at its end.
function answer(    line) {
    if ((getline line < "-") <= 0) return 0
    said = tolower(line)
    return 1
}

# 1 known, 0 not known, -1 the input has ended or one wants to stop.
function ask(card, left) {
    printf "\n[%s] %d to go\n%s", chapter[card], left, wrapped(q[card], "")
    printf "Enter shows the answer, q ends: "
    fflush()
    if (!answer() || said ~ /^q/) return -1
    printf "\n%s", wrapped(a[card], "    ")
    for (;;) {
        printf "did you know it? y or n: "
        fflush()
        if (!answer() || said ~ /^q/) return -1
        if (said ~ /^[yn]/) return said ~ /^y/
    }
}

BEGIN {
    FS = "\t"
    while ((getline line < cards) > 0) {
        split(line, part, "\t")
        n++
        chapter[n] = part[2]; q[n] = part[3]; a[n] = part[4]
        turn[n] = n
    }
    state = seed % 2147483646 + 1
    for (i = 0; i < 10; i++) random(2)
    total = n
    printf "%d cards, seed %d\n", n, seed
    for (round = 1; n && !ended; round++) {
        shuffle(turn, n)
        missed = 0
        for (i = 1; i <= n && !ended; i++) {
            known = ask(turn[i], n - i + 1)
            if (known < 0) ended = 1
            else if (round == 1) { seen++; right += known }
            if (known == 0) again[++missed] = turn[i]
        }
        if (ended) break
        if (missed) printf "\n%d to ask again\n", missed
        for (i = 1; i <= missed; i++) turn[i] = again[i]
        n = missed
    }
    printf "\n%d of %d known at once%s\n", right, seen,
        seen < total ? sprintf("; %d not asked", total - seen) : ""
}
