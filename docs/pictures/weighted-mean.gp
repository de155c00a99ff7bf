# weighted-mean.gp: what head 1 of the pocket model makes of three values: a mean with the
# weights of the pattern lies inside their triangle. Two of the four numbers are shown.
width = 500
height = 440
load folder.'style.gp'
set terminal @terminal
set output out
names = 'He llo ĠWo'
set xrange [-1.25:1.25]
set yrange [-2.2:2.7]
set grid ls 9
set border 3
set xlabel 'first number of the vector'
set ylabel 'second number'
unset key
array px[3]
array py[3]
array w[3]
stats data index 0 using (px[int($0) + 1] = $1, py[int($0) + 1] = $2, w[int($0) + 1] = $3) nooutput
stats data index 1 using (zx = $1, zy = $2, 0) nooutput
set object 1 polygon from px[1],py[1] to px[2],py[2] to px[3],py[3] to px[1],py[1] \
    fillcolor rgb '#dce9f5' fillstyle solid border lc rgb blue behind
do for [i=1:3] { set arrow i from px[i],py[i] to zx,zy nohead lw 1 + 6 * w[i] lc rgb '#9dbfdd' front }
set label 9 sprintf("z of ĠWo: %.2f v(He) + %.2f v(llo) + %.2f v(ĠWo)", w[1], w[2], w[3]) \
    at graph 0.99,0.96 right textcolor rgb orange
plot data index 0 using 1:2 with points pt 7 ps 1.1 lc rgb blue, \
     data index 0 using 1:($2 > -1 ? $2 : $2 - 0.55):(sprintf('v(%s)', word(names, int($0) + 1))) \
         with labels offset 0,0.9 textcolor rgb blue, \
     data index 1 using 1:2 with points pt 7 ps 1.5 lc rgb orange, \
     data index 1 using 1:2:('z') with labels offset 1.3,0.6 textcolor rgb orange
