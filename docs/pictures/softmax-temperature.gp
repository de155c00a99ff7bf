# softmax-temperature.gp: the shares of the likeliest tokens after `Hello World`, from the same
# logits at four temperatures.
width = 500
height = 480
load folder.'style.gp'
set terminal @terminal
set output out
set style data histograms
set style fill solid 0.9 noborder
set yrange [0:120]
unset ytics
set border 1
unset key
set lmargin 1
set rmargin 1
temperatures = '0.5 1 2 8'
colours = '#1f4e7a #1f6fb4 #e39a3b #c8501e'
set multiplot layout 4,1 margins 0.03,0.97,0.09,0.99 spacing 0.035
do for [k=1:4] {
    set label 1 'temperature '.word(temperatures, k) at graph 0.99,0.6 right \
        textcolor rgb word(colours, k)
    if (k == 4) { set xtics scale 0 } else { set xtics scale 0 format ' ' }
    plot data using (100 * column(k + 1)):xticlabels(1) with histograms lc rgb word(colours, k), \
         data using 0:(100 * column(k + 1)):(sprintf('%.0f %%', 100 * column(k + 1))) \
             with labels offset 0,0.6 font ',13'
}
unset multiplot
