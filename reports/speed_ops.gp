# speed_ops.gp: the time of every op and of the whole, forward above backward.
# Columns of data: place, subject, backward, seconds, whether the limits moved. labels: place
# and name.
stats labels using 1 nooutput
last = STATS_max
do for [kind in 'png svg'] {
    eval 'set terminal '.terminal_of(kind, 1200, 900)
    set output out.'.'.kind
    set multiplot title model.': time of every op alone, and of the whole' font ',15' noenhanced
    set lmargin 10
    set rmargin 3
    set logscale y
    set format y '10^{%T}'
    set xrange [-0.7:last + 0.7]
    set grid xtics ytics lt 1 lw 0.6 lc rgb '#d0d0d0'
    set ylabel 'seconds'
    do for [back = 0:1] {
        set title (back ? 'backward' : 'forward; AdamW and a whole training step among them; '.ring_title) \
            font ',12'
        if (back) {
            set origin 0,0
            set size 1,0.52
            set xtics textcolor default rotate by 90 right font ',10' noenhanced
            unset key
            set xlabel 'op'
        } else {
            set origin 0,0.50
            set size 1,0.45
            unset xlabel
            set xtics textcolor rgb '#ffffff' font ',1' scale 0.3
            set key at screen 0.985,0.955 right top horizontal noenhanced font ',11'
        }
        plot for [s = 1:n_subjects] data using \
                 ($2 == s && $3 == back ? $1 + 0.14 * (s - (n_subjects + 1) / 2.0) : NaN):4 \
                 with points pt shape(s) ps 1.1 lc rgb colour(s) title word(subjects, s), \
             data using ($5 == 1 && $3 == back ? $1 + 0.14 * ($2 - (n_subjects + 1) / 2.0) : NaN):4 \
                 @ring notitle, \
             labels using 1:(NaN):xtic(2) with points notitle
    }
    unset multiplot
    set output
    reset
    load style
}
