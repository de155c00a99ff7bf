# positions.gp: cosines between the position vectors of gpt2-tiny.
width = 500
height = 430
load folder.'style.gp'
set terminal @terminal
set output out
set palette defined (-1 '#c8501e', 0 '#ffffff', 1 '#123f66')
set cbrange [-1:1]
set cblabel 'cosine'
set size ratio 1
set xrange [-1:127]
set yrange [127:-1]
set xtics 32
set ytics 32
set xlabel 'position'
set ylabel 'position'
unset key
plot data matrix using (2 * $1):(2 * $2):3 with image
