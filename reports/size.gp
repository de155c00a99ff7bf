# size.gp: time and memory of compare against the size of a golden. data: size.tsv of
# size.sh; out: the plot's path without its ending; style: speed_style.gp.
subjects = 'time'
load style
do for [kind in 'png svg'] {
    eval 'set terminal '.terminal_of(kind, 1200, 700)
    set output out.'.'.kind
    set title 'touchstone compare without a model: time and memory by the size of the golden' \
        font ',15' noenhanced
    set logscale x 10
    set logscale y 10
    set logscale y2 10
    set format x '%.0s %cB'
    set format y '%g'
    set format y2 '%.0s %cB'
    set xlabel 'numbers of the golden, 8 bytes each'
    set ylabel 'seconds'
    set y2label 'the most memory at a time'
    set y2range [16e6:16e9]
    set ytics nomirror
    set y2tics
    set grid lt 1 lw 0.6 lc rgb '#d0d0d0'
    set bmargin 6
    set key below noenhanced font ',11' maxrows 2
    plot data using (8 * $2):5 every ::1 with linespoints lw 1.6 pt 5 lc rgb '#c8501e' \
             title 'seconds', \
         data using (8 * $2):6 every ::1 with linespoints lw 1.6 dt 2 pt 9 lc rgb '#b08a00' \
             title 'seconds of the CPU', \
         data using (8 * $2):8 every ::1 with linespoints lw 1.6 dt 3 pt 13 lc rgb '#2e8b57' \
             title 'seconds to read the files alone', \
         data using (8 * $2):7 every ::1 axes x1y2 with linespoints lw 1.6 pt 7 lc rgb '#1f6fb4' \
             title 'memory (right)', \
         512e6 axes x1y2 with lines dt 2 lc rgb grey title '512 MB (right)'
    set output
}
