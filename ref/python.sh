#!/bin/sh
# python.sh [--find | SCRIPT ARGS...]: runs a script with a Python that has PyTorch
# and h5py: $PYTHON, python3 on the path, or the system's own.
for python in ${PYTHON:-} python3 /usr/bin/python3; do
    if "$python" -c 'import torch, h5py' >/dev/null 2>&1; then
        [ "$1" = --find ] && { echo "$python"; exit 0; }
        exec "$python" "$@"
    fi
done
echo "python.sh: no Python with PyTorch and h5py: run make setup-goldens, or set PYTHON" >&2
exit 2
