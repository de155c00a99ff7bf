# error.gp: the rms error of every tensor in graph order, local above chain, f64
# and scalar in one plot, with their bars and the reference's own float32 error.
# Called with -e "data='...'; golden='...'; out='...'; zero=...; tensors=N; step=N".
set datafile missing '?'
set encoding utf8
array title[2] = ['local: each step is fed the golden', \
                  'chain: each step is fed what the subject computed before']
array column[2] = [3, 6]

do for [kind in 'png svg'] {
    if (kind eq 'png') {
        set terminal pngcairo size 1200,1000 font 'DejaVu Sans,11' background '#ffffff'
    } else {
        set terminal svg size 1200,1000 font 'DejaVu Sans,14' background '#ffffff'
    }
    set output out.'.'.kind
    set multiplot title golden.": rms error of every tensor, in the order of the graph" \
        font ',15' noenhanced
    set lmargin 10
    set rmargin 3
    set logscale y
    set format y '10^{%T}'
    set yrange [zero / 3:1e-4]
    set xrange [-1:tensors]
    set grid ytics lt 1 lw 0.6 lc rgb '#c8c8c8'
    set ytics add ('exact' zero)
    set ylabel 'rms error / rms of the golden'
    set style line 1 lc rgb '#1f6fb4' pt 7 ps 0.7
    set style line 2 lc rgb '#c8501e' pt 5 ps 0.7
    set style line 3 lc rgb '#1f6fb4' lw 1.2 dt 2
    set style line 4 lc rgb '#c8501e' lw 1.2 dt 2
    set style line 5 lc rgb '#555555' lw 1.2
    do for [row = 1:2] {
        c = column[row]
        set title title[row] font ',12' noenhanced
        if (row == 1) {
            set size 1,0.43
            set origin 0,0.48
            set xtics scale 0.3
            unset xlabel
            set key at screen 0.985,0.962 right top horizontal samplen 2.5 width 1 noenhanced font ',10'
        } else {
            set size 1,0.49
            set origin 0,0
            set xtics rotate by 90 right font ',8' noenhanced scale 0.3
            unset key
            set xlabel 'tensor'
        }
        label(n) = (row == 2 && int(n) % step == 0 ? strcol(2) : '')
        plot data using 1:c:xtic(label($0)) with points ls 1 title 'f64', \
             data using 1:c+1 with lines ls 3 title 'bar of f64', \
             data using 1:c+6 with points ls 2 title 'scalar (float32)', \
             data using 1:c+7 with lines ls 4 title 'bar of scalar', \
             data using 1:c+8 with lines ls 5 title 'the reference itself in float32'
    }
    unset multiplot
    set output
    reset
}
