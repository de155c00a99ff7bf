# speed_roofline.gp: every op by how many operations it does for a byte, and how many a
# second. Columns of data: subject, operations per byte, GFLOP/s, peak, read, whether the limits
# moved, and, where it is worth one, a name and where that is written.
do for [kind in 'png svg'] {
    eval 'set terminal '.terminal_of(kind, 1200, 800)
    set output out.'.'.kind
    set title model.': roofline' font ',15' noenhanced
    set logscale xy
    set xlabel 'operations for each byte that must move'
    set ylabel 'GFLOP/s'
    set format x '10^{%T}'
    set grid lt 1 lw 0.6 lc rgb '#d0d0d0'
    set key left top noenhanced font ',11'
    set label ring_title at graph 0.98,0.03 right
    set xrange [0.05:300]
    set yrange [0.1:*]
    roof(x, peak, read) = x * read < peak ? x * read : peak
    array peak[n_subjects]
    array bandwidth[n_subjects]
    do for [s = 1:n_subjects] {
        stats data using ($1 == s ? $4 : NaN) name 'P' nooutput
        stats data using ($1 == s ? $5 : NaN) name 'R' nooutput
        peak[s] = P_max
        bandwidth[s] = R_max
    }
    set samples 400
    plot for [s = 1:n_subjects] roof(x, peak[s], bandwidth[s]) with lines lw 1.5 dt 2 \
             lc rgb colour(s) title sprintf('%s: %.0f GFLOP/s, %.1f GB/s', word(subjects, s), \
             peak[s], bandwidth[s]), \
         for [s = 1:n_subjects] data using ($1 == s ? $2 : NaN):3 \
             with points pt shape(s) ps 1 lc rgb colour(s) notitle, \
         data using ($6 == 1 ? $2 : NaN):3 @ring notitle, \
         data using 2:3:($8 - $2):($9 - $3) with vectors nohead lw 0.6 lc rgb grey \
             notitle, \
         data using 8:9:7 with labels left offset 0.3,0 font ',8' textcolor rgb grey noenhanced \
             notitle
    set output
    reset
    load style
}
