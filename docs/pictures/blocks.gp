# blocks.gp: how the data flow through one block of GPT-1 and of GPT-2 (steps/forward.c): the
# stream straight down, what attention and MLP add to it on the side.
width = 520
height = 720
load folder.'style.gp'
set terminal @terminal
set output out
set xrange [0:100]
set yrange [140:0]
unset border
unset tics
unset key
set lmargin 0
set rmargin 0
set tmargin 0
set bmargin 0
n = 0
# A box at x, y that says what it does.
box = "n = n + 1; set object n rect center x,y size 20,8 front fillcolor rgb colour \
    fillstyle solid border lc rgb '#555555'; set label n says at x,y center font ',15' front"
# A sum.
plus = "n = n + 1; set object n circle center x,y size 2.4 front fillcolor rgb '#ffffff' \
    fillstyle solid border lc rgb '#555555'; set label n '+' at x,y center font ',16' front"
# The name of a tensor, left of its arrow.
name = "n = n + 1; set label n says at x,y right font ',12' textcolor rgb grey front"
# A line from x1,y1 to x2,y2: with a head, or without.
down = "set arrow from x,y1 to x,y2 lw thick lc rgb hue filled size 1.6,20"
norm = '#f7e3c6'
attention = '#d5e6f5'
mlp = '#dcefdf'
wide = 3
thin = 1.4

set label 1000 'GPT-1' at 24,5 center font ',18'
set label 1001 'GPT-2' at 77,5 center font ',18'
do for [family=1:2] {
    s = family == 1 ? 19 : 68   # where the stream runs
    b = s + 19                  # where attention and MLP stand
    # y of: start, branch, the norm on the side, the box, the sum; the same for the MLP; the end
    if (family == 1) {
        array Y = [12, 18, 0, 30, 42, 52, 62, 68, 0, 80, 92, 102, 114]
    } else {
        array Y = [12, 18, 26, 40, 54, 0, 62, 68, 76, 90, 104, 0, 114]
    }
    hue = blue
    thick = wide
    x = s
    set arrow from s,9 to s,Y[5] - 2.6 lw wide lc rgb blue filled size 1.6,20
    set arrow from s,Y[5] + 2.6 to s,Y[11] - 2.6 lw wide lc rgb blue filled size 1.6,20
    set arrow from s,Y[11] + 2.6 to s,124 lw wide lc rgb blue filled size 1.6,20
    do for [half=1:2] {
        o = half == 1 ? 0 : 6
        top = Y[2 + o]
        side = Y[3 + o]
        middle = Y[4 + o]
        end = Y[5 + o]
        hue = grey
        set arrow from s,top to b,top nohead lw thin lc rgb grey
        if (family == 2) {
            set arrow from b,top to b,side - 4.4 lw thin lc rgb grey filled size 1.6,20
            set arrow from b,side + 4 to b,middle - 4.4 lw thin lc rgb grey filled size 1.6,20
            x = b; y = side; colour = norm; says = half == 1 ? 'ln\_1' : 'ln\_2'
            eval box
        } else {
            set arrow from b,top to b,middle - 4.4 lw thin lc rgb grey filled size 1.6,20
        }
        x = b; y = middle
        colour = half == 1 ? attention : mlp
        says = half == 1 ? 'attention' : 'MLP'
        eval box
        set arrow from b,middle + 4 to b,end nohead lw thin lc rgb grey
        set arrow from b,end to s + 2.6,end lw thin lc rgb grey filled size 1.6,20
        x = s; y = end
        eval plus
        if (family == 1) {
            x = s; y = end + 10; colour = norm; says = half == 1 ? 'ln\_1' : 'ln\_2'
            eval box
        }
        x = b + 10; y = end + 3; says = half == 1 ? 'attn\_out' : 'mlp\_out'
        eval name
        x = s - 3; y = end + 4.4 - (family == 1 ? 0.6 : 0); says = half == 1 ? 'resid\_mid' : 'resid\_post'
        eval name
    }
    x = s + 3
    set label 1010 + family 'resid\_pre' at s + 2,11.5 font ',12' textcolor rgb grey
    set label 1020 + family 'the next block''s resid\_pre' at s - 12,127 font ',12' textcolor rgb grey
}
set label 1030 'The stream is normalised' at 1,133 font ',13'
set label 1031 'after each sum.' at 1,137 font ',13'
set label 1032 'What is read is normalised,' at 53,133 font ',13'
set label 1033 'the stream itself is not.' at 53,137 font ',13'
plot NaN notitle
