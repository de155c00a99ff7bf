# gelu.gp: GELU, its slope, and ReLU beside them.
width = 500
height = 400
load folder.'style.gp'
set terminal @terminal
set output out
set xrange [-4.2:3]
set yrange [-0.5:3]
set xzeroaxis ls 9
set yzeroaxis ls 9
set border 3
set xlabel 'x'
set key top left Left reverse samplen 2 spacing 1.3
plot (x > 0 ? x : 0) with lines lc rgb '#a0a0a0' lw 2 dt 2 title 'ReLU(x)', \
     data using 1:3 smooth unique with lines lc rgb orange lw 2 title 'slope of GELU', \
     data using 1:2 with points pt 7 ps 0.45 lc rgb blue title 'GELU(x)'
