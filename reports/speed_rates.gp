# speed_rates.gp: the share of the limit that holds for each op, and below it operations a
# second with the FMA peak as a line. Ops backward stand beside those forward, hollow.
# Columns of data: place, subject, backward, percent, limit, GFLOP/s, whether it computes, peak,
# and percent of the limit that a bare loop reached meanwhile.
stats labels using 1 nooutput
last = STATS_max
do for [kind in 'png svg'] {
    eval 'set terminal '.terminal_of(kind, 1200, 950)
    set output out.'.'.kind
    set multiplot title model.': how near to the limits of the machine' font ',15' noenhanced
    set lmargin 10
    set rmargin 3
    set xrange [-0.7:last + 0.7]
    set grid xtics ytics lt 1 lw 0.6 lc rgb '#d0d0d0'
    at(place, s, back) = place + 0.14 * (s - (n_subjects + 1) / 2.0) + 0.05 * back

    set origin 0,0.50
    set size 1,0.45
    set ylabel '% of the limit'
    set yrange [0:*<130]
    set xtics textcolor rgb '#ffffff' font ',1' scale 0.3
    set key at screen 0.985,0.955 right top horizontal noenhanced font ',10'
    set title 'share of the FMA peak (filled) or of the read bandwidth (crosses; from a cache more); the dash: what a bare loop reached' font ',12'
    set arrow 1 from graph 0,first 100 to graph 1,first 100 nohead lc rgb grey lw 1.5
    plot for [s = 1:n_subjects] data using \
             ($2 == s && strcol(5) eq 'peak' ? at($1, s, $3) : NaN):4 \
             with points pt shape(s) ps 1.1 lc rgb colour(s) title word(subjects, s), \
         for [s = 1:n_subjects] data using \
             ($2 == s && strcol(5) eq 'read' ? at($1, s, $3) : NaN):($4 > 128 ? 128 : $4) \
             with points pt 2 ps 0.9 lc rgb colour(s) notitle, \
         for [s = 1:n_subjects] data using \
             ($2 == s ? at($1, s, $3) - 0.06 : NaN):9:(0.12):(0) \
             with vectors nohead lw 1.5 lc rgb colour(s) notitle, \
         labels using 1:(NaN):xtic(2) with points notitle
    unset arrow 1

    set origin 0,0
    set size 1,0.52
    set logscale y
    set yrange [*:*]
    set ylabel 'GFLOP/s'
    set xlabel 'op; for each, forward and to its right backward'
    set xtics textcolor default rotate by 90 right font ',10' noenhanced
    set title 'operations a second; the lines are the FMA peak of the cores that a subject uses' \
        font ',12'
    unset key
    array peak[n_subjects]
    do for [s = 1:n_subjects] {
        stats data using ($2 == s ? $8 : NaN) name 'P' nooutput
        peak[s] = P_max
    }
    plot for [s = 1:n_subjects] data using \
             ($2 == s && $7 == 1 && $6 > 0 ? at($1, s, $3) : NaN):6 \
             with points pt shape(s) ps 1.1 lc rgb colour(s) title word(subjects, s), \
         for [s = 1:n_subjects] peak[s] with lines lc rgb colour(s) lw 1.5 dt 2 notitle, \
         labels using 1:(NaN):xtic(2) with points notitle
    unset multiplot
    set output
    reset
    load style
}
