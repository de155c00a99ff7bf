# speed_length.gp: the time of one layer by the length of the text, what grows with its
# square apart. Columns of data: subject, length, linear, quadratic, in seconds,
# and whether the limits moved; sorted.
do for [kind in 'png svg'] {
    eval 'set terminal '.terminal_of(kind, 1200, 700)
    set output out.'.'.kind
    set title word(model, 1).' one layer, forward, by the length of the text' font ',15' noenhanced
    set logscale xy 2
    set logscale y 10
    set format y '10^{%T}'
    set xlabel 'tokens of the text, T'
    set ylabel 'seconds'
    set grid lt 1 lw 0.6 lc rgb '#d0d0d0'
    set bmargin 9
    set key at screen 0.5,0.01 center bottom horizontal maxcols 2 noenhanced font ',11'
    set label ring_title at graph 0.98,0.04 right
    plot for [s = 1:n_subjects] data using ($1 == s ? $2 : NaN):3 with linespoints lw 1.6 \
             pt shape(s) lc rgb colour(s) title word(subjects, s).': linear in T', \
         for [s = 1:n_subjects] data using ($1 == s ? $2 : NaN):4 with linespoints lw 1.6 dt 2 \
             pt shape(s) lc rgb colour(s) title word(subjects, s).': quadratic (scores, softmax, mixing)', \
         data using ($5 == 1 ? $2 : NaN):3 @ring notitle, \
         data using ($5 == 1 ? $2 : NaN):4 @ring notitle
    set output
    reset
    load style
}
