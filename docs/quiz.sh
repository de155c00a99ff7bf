#!/bin/sh
# quiz.sh: asks the flashcards of cards.txt in the terminal (`make quiz`). CHAPTER=03 asks
# those of one chapter, SEED=N sets their order (the time, without it). Ends after the last
# card, at `q`, or where the input ends.
set -u
here=$(dirname "$0")
cards=$(mktemp) || exit 2
trap 'rm -f "$cards"' EXIT
trap 'exit 2' INT TERM
seed=${SEED:-$(date +%s)}
case $seed in
*[!0-9]*) echo "quiz: SEED=$seed: is no whole number" >&2; exit 2 ;;
esac
awk -v form=quiz -v chapter="${CHAPTER:-}" -f "$here/cards.awk" "$here/cards.txt" > "$cards" || exit 2
awk -v cards="$cards" -v seed="$seed" -f "$here/quiz.awk"
