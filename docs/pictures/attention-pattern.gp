# attention-pattern.gp: the patterns of two heads of gpt2-tiny on one sentence. A row is what
# one token reads, a column what is read; what comes later is masked.
width = 500
height = 920
load folder.'style.gp'
set terminal @terminal
set output out
names = system("head -n 1 '".data."'")
n = words(names)
set palette defined (0 '#ffffff', 0.5 '#7fb0d8', 1 '#123f66')
set cbrange [0:1]
unset colorbox
set xrange [-0.5:n - 0.5]
set yrange [n - 0.5:-0.5]
set xtics scale 0 rotate by 90 right font ',12'
set ytics scale 0 font ',12'
do for [t=1:n] {
    set xtics add (word(names, t) t - 1)
    set ytics add (word(names, t) t - 1)
}
unset border
unset key
set style fill solid 1 noborder
set multiplot layout 2,1 margins 0.19,0.97,0.11,0.93 spacing 0.16
do for [part=1:2] {
    set title part == 1 ? 'layer 0, head 1 reads what came just before' \
                        : 'layer 1, head 3 reads mostly Ġking and Ġservants' font ',15'
    plot data index part using 1:($3 > 0 ? $2 : NaN):(0.48):(0.48):3 with boxxyerror lc palette, \
         data index part using 1:($3 >= 0.3 ? $2 : NaN):(sprintf('%.0f', 100 * $3)) \
             with labels font ',11' textcolor rgb '#ffffff'
}
unset multiplot
