# gradient_check.gp: the relative error of central differences of the loss against the
# step size, for each weight tensor along a random direction: a V, of which the right arm
# is the truncated series (steeper with a higher order) and the left arm the rounding of
# the loss. Called with -e "names='...'; folder='...'": NAME.gradient_check.dat there, for one
# name or two, holds the sets of gradient_check.awk.
set datafile missing '?'
set encoding utf8

do for [kind in 'png svg'] {
    if (kind eq 'png') {
        set terminal pngcairo size 1200,1000 font 'DejaVu Sans,11' background '#ffffff'
    } else {
        set terminal svg size 1200,1000 font 'DejaVu Sans,14' background '#ffffff'
    }
    set output folder.'gradient_check.'.kind
    set multiplot title 'Backpropagation against central differences of the loss' \
        font ',15' noenhanced
    set lmargin 10
    set rmargin 3
    set logscale xy
    set format x '10^{%T}'
    set format y '10^{%T}'
    set xrange [6e-10:0.17]
    set yrange [1e-13:10]
    set grid xtics ytics lt 1 lw 0.6 lc rgb '#dddddd'
    set style line 1 lc rgb '#8e44ad' lw 1.1
    set style line 2 lc rgb '#6aa5d8' lw 1.1
    set style line 3 lc rgb '#e39b6b' lw 1.1
    set style line 4 lc rgb '#6fb87e' lw 1.1
    set style line 5 lc rgb '#111111' lw 2.8
    set style line 6 lc rgb '#1f6fb4' lw 2.8
    set style line 7 lc rgb '#c8501e' lw 2.8
    set style line 8 lc rgb '#b00020' lw 1.6 dt 2
    do for [row = 1:words(names)] {
        data = folder.word(names, row).'.gradient_check.dat'
        set title word(names, row) font ',12' noenhanced
        if (row == 1) {
            set size 1,0.46
            set origin 0,0.47
            unset xlabel
            set ylabel '|difference - gradient| / its size'
            set key at screen 0.985,0.965 right top horizontal maxrows 2 samplen 2.2 width 1 \
                noenhanced font ',10'
        } else {
            set size 1,0.47
            set origin 0,0
            unset key
            set xlabel 'step: length of the change / length of the weight tensor'
        }
        plot data index 0 with lines ls 1 title 'embeddings', \
             data index 1 with lines ls 2 title 'matrices', \
             data index 2 with lines ls 3 title 'biases', \
             data index 3 with lines ls 4 title 'layer norms', \
             data index 4 with lines ls 5 title 'median, order 2', \
             data index 5 with lines ls 6 title 'median, order 4', \
             data index 6 with lines ls 7 title 'median, order 6', \
             1e-8 with lines ls 8 title 'bar at the best step'
    }
    unset multiplot
    set output
    reset
}
