# polynomial.gp: the polynomial of step 07 before, during and after training, and its loss.
width = 500
height = 640
load folder.'style.gp'
set terminal @terminal
set output out
y(x, a, b, c, d) = a + b * x + c * x**2 + d * x**3
shown = '20 100 500'
array a[3]
array b[3]
array c[3]
array d[3]
keep(i, n, p, q, r, s) = n == word(shown, i) + 0 ? (a[i] = p, b[i] = q, c[i] = r, d[i] = s, 1) : 0
stats data index 1 using (sum [i=1:3] keep(i, $1, $3, $4, $5, $6)) nooutput
colours = '#f0b98a #d58040 #94460f'
set multiplot layout 2,1 margins 0.14,0.97,0.11,0.97 spacing 0.13
set grid ls 9
set border 3
set samples 50
set xlabel 'x'
set xrange [-3.3:3.3]
set yrange [-1.6:2.2]
set key top right samplen 2 maxrows 3 font ',13'
plot data index 0 using 1:2 with points pt 7 ps 0.4 lc rgb '#9a9a9a' title 'points', \
     data index 0 using 1:3 with lines lw 2 dt 2 lc rgb grey title 'before', \
     for [i=1:3] y(x, a[i], b[i], c[i], d[i]) with lines lw 1.8 lc rgb word(colours, i) \
         title 'after '.word(shown, i).' steps', \
     data index 0 using 1:4 with lines lw 2.4 lc rgb blue title 'after 5000'
set xlabel 'loss by step'
set logscale xy
set xrange [0.8:6000]
set yrange [0.003:2]
set key top right
plot data index 1 using ($1 > 0 ? $1 : NaN):2 with linespoints pt 7 ps 0.6 lw 2 lc rgb orange notitle
unset multiplot
