# speed_decode.gp: tokens a second by how many a token sees, with the cache and without.
# Columns of data: subject, whether with the cache, seen, tokens a second, whether
# the limits moved; sorted.
do for [kind in 'png svg'] {
    eval 'set terminal '.terminal_of(kind, 1200, 700)
    set output out.'.'.kind
    set title word(model, 1).' decoding, one text' font ',15' noenhanced
    set logscale xy
    set logscale x 2
    set xlabel 'tokens that the new one sees'
    set ylabel 'tokens a second'
    set grid lt 1 lw 0.6 lc rgb '#d0d0d0'
    set bmargin 9
    set key at screen 0.5,0.01 center bottom horizontal maxcols 2 noenhanced font ',11'
    set label ring_title at graph 0.02,0.04
    plot for [s = 1:n_subjects] data using ($1 == s && $2 == 1 ? $3 : NaN):4 with linespoints lw 1.6 \
             pt shape(s) lc rgb colour(s) title word(subjects, s).': with the cache', \
         for [s = 1:n_subjects] data using ($1 == s && $2 == 0 ? $3 : NaN):4 with linespoints lw 1.6 \
             dt 2 pt shape(s) lc rgb colour(s) title word(subjects, s).': all again for each token', \
         data using ($5 == 1 ? $3 : NaN):4 @ring notitle
    set output
    reset
    load style
}
