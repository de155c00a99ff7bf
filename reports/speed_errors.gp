# speed_errors.gp: the error of every tensor of a golden above the time of the op that makes
# it. Columns of data: place, subject, seconds, error, bar. labels: place and name.
stats labels using 1 nooutput
last = STATS_max
do for [kind in 'png svg'] {
    eval 'set terminal '.terminal_of(kind, 1200, 900)
    set output out.'.'.kind
    set multiplot title 'What the speed costs in accuracy: every tensor of '.golden \
        font ',15' noenhanced
    set lmargin 11
    set rmargin 3
    set logscale y
    set format y '%.0e'
    set xrange [-0.7:last + 0.7]
    set grid xtics ytics lt 1 lw 0.6 lc rgb '#d0d0d0'
    set origin 0,0.50
    set size 1,0.45
    set ylabel 'rms error / rms of the golden'
    set xtics textcolor rgb '#ffffff' font ',1' scale 0.3
    set key at screen 0.985,0.955 right top horizontal noenhanced font ',11'
    set title 'error of the step alone, and the bar' font ',12'
    plot for [s = 1:n_subjects] data using ($2 == s ? $1 : NaN):4 \
             with points pt shape(s) ps 0.9 lc rgb colour(s) title word(subjects, s), \
         data using 1:5 smooth unique with lines lc rgb grey lw 1.2 title 'bar', \
         labels using 1:(NaN):xtic(2) with points notitle
    set origin 0,0
    set size 1,0.52
    unset key
    set title 'time of the op that makes it' font ',12'
    set ylabel 'seconds'
    set xlabel 'tensor'
    set xtics textcolor default rotate by 90 right font ',8' noenhanced
    plot for [s = 1:n_subjects] data using ($2 == s ? $1 : NaN):3 \
             with points pt shape(s) ps 0.9 lc rgb colour(s) notitle, \
         labels using 1:(NaN):xtic(2) with points notitle
    unset multiplot
    set output
    reset
    load style
}
