# polynomial.gp: four parameters fitted to points of a sine: the curve before, on the way
# and after, and the loss at each of those steps.
# Called with -e "points='...'; steps='...'; out='...'; least=L": the file of --points, the
# lines of the table of 07_backprop --polynomial without its words (step loss a b c d),
# where to draw, and the least loss.
set encoding utf8

y(x, a, b, c, d) = a + b * x + c * x**2 + d * x**3
array shown[5] = [20, 50, 100, 200, 500]
array color[5] = ['#f3c9a5', '#e6a46c', '#d58040', '#bd6021', '#94460f']
array a[5]
array b[5]
array c[5]
array d[5]
keep(i, n, p, q, r, s) = shown[i] == n ? (a[i] = p, b[i] = q, c[i] = r, d[i] = s, 1) : 0
stats steps using (sum [i=1:5] keep(i, $1, $3, $4, $5, $6)) nooutput

do for [kind in 'png svg'] {
    if (kind eq 'png') {
        set terminal pngcairo size 1200,560 font 'DejaVu Sans,11' background '#ffffff'
    } else {
        set terminal svg size 1200,560 font 'DejaVu Sans,14' background '#ffffff'
    }
    set output out.'.'.kind
    set multiplot title 'What training is: four parameters fitted to a sine by gradient descent' \
        font ',15'
    set grid lt 1 lw 0.6 lc rgb '#c8c8c8'
    set size 0.5,0.92

    set origin 0,0
    set title 'y = a + b x + c x² + d x³' font ',12'
    set xlabel 'x'
    unset ylabel
    set xrange [-3.3:3.3]
    set yrange [-1.8:2.4]
    set key top right samplen 2 maxrows 4 font ',10'
    plot points using 1:2 skip 1 with points pt 7 ps 0.5 lc rgb '#9a9a9a' title 'points', \
         points using 1:3 skip 1 with lines lw 1.8 dt 2 lc rgb '#555555' title 'before', \
         for [i=1:5] y(x, a[i], b[i], c[i], d[i]) with lines lw 1.6 lc rgb color[i] \
             title sprintf('step %d', shown[i]), \
         points using 1:4 skip 1 with lines lw 2.4 lc rgb '#1f6fb4' title 'after'

    set origin 0.5,0
    set title 'loss: the mean square of what is wrong' font ',12'
    set xlabel 'step'
    set logscale xy
    set xrange [0.4:*]
    set yrange [least / 2:*]
    set format y '10^{%T}'
    set xtics add ('0' 0.5)
    set key top right maxrows 2
    plot steps using ($1 > 0 ? $1 : 0.5):2 with linespoints pt 7 ps 0.7 lw 1.6 lc rgb '#c8501e' \
             title 'loss', \
         least with lines lw 1.2 dt 2 lc rgb '#555555' title 'the least there is (normal equations)'
    unset multiplot
    set output
    reset
}
