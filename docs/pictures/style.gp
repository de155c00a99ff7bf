# style.gp: what the pictures of the course share. They are read at the width of a phone, so
# they are narrow, with large letters; the ground is white on dark pages too.
set encoding utf8
blue = '#1f6fb4'
orange = '#c8501e'
green = '#2e8b57'
violet = '#7a4fb5'
grey = '#555555'
pale = '#d9d9d9'
terminal = sprintf("svg size %d,%d font 'DejaVu Sans,15' background '#ffffff'", width, height)
set style line 9 lc rgb pale lw 0.8
set border lc rgb grey
set tics nomirror textcolor rgb '#222222'
