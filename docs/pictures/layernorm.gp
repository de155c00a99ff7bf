# layernorm.gp: the vectors of four tokens before and after layer norm: each of the eight
# numbers a point, a bar one deviation to both sides of their mean.
width = 500
height = 520
load folder.'style.gp'
set terminal @terminal
set output out
names = 'He llo ĠWo rld'
unset key
set multiplot layout 2,1 margins 0.13,0.97,0.08,0.9 spacing 0.15
do for [part=1:2] {
    place = part + 2  # the column
    set autoscale
    unset arrow
    do for [t=1:4] {
        stats data using ($1 == t ? column(place) : NaN) nooutput
        set arrow from STATS_mean - STATS_stddev,t to STATS_mean + STATS_stddev,t nohead lw 9 \
            lc rgb '#cfe0ef' back
        set arrow from STATS_mean,t - 0.25 to STATS_mean,t + 0.25 nohead lw 2.5 lc rgb orange back
    }
    set xrange [-3.2:3.2]
    set yrange [4.6:0.4]
    set xtics 1
    set ytics ()
    do for [t=1:4] { set ytics add (word(names, t) t) }
    set grid xtics ls 9
    set border 1
    set title part == 1 ? 'before: every token its own mean and spread' \
                        : 'after: mean 0, deviation 1 (before gain and bias)' font ',15'
    plot data using (column(place)):1 with points pt 7 ps 0.7 lc rgb blue
}
unset multiplot
