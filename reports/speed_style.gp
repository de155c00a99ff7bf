# speed_style.gp: what the plots of speed share: a colour and a shape a subject, in the
# order of `subjects`; the files' two kinds.
set datafile missing '?'
set encoding utf8
n_subjects = words(subjects)
colour(s) = word('#c8501e #b08a00 #1f6fb4 #2e8b57 #7a4fb5 #555555', s < 6 ? s : 6)
shape(s) = s == 1 ? 5 : s == 2 ? 9 : s == 3 ? 7 : s == 4 ? 13 : 11
grey = '#555555'
# A ring around what was timed while the limits of the machine moved.
ring = "with points pt 6 ps 2.2 lw 0.8 lc rgb '".grey."'"
ring_title = 'ringed: the limits of the machine moved meanwhile'
terminal_of(kind, width, height) = kind eq 'png' ? \
    sprintf("pngcairo size %d,%d font 'DejaVu Sans,11' background '#ffffff'", width, height) : \
    sprintf("svg size %d,%d font 'DejaVu Sans,14' background '#ffffff'", width, height)
