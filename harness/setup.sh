#!/bin/sh
# setup.sh build|goldens|tiny|dev|book: installs what is missing for a purpose with the
# system's package manager, says what it runs, and does nothing where all is there.
#   build    compiler, make, HDF5, jansson, libzip, cmocka, gnuplot (make, make check, make test)
#   goldens  Python 3, PyTorch, h5py (make goldens)
#   tiny     the text that the tiny models learn from (make tiny)
#   dev      valgrind, clang, qemu (make check-san, CC=clang, a CPU without AVX2), and
#            gfortran (an example in docs/)
#   book     pandoc (make book)
set -u
purpose=${1:-build}

have_command() { command -v "$1" >/dev/null 2>&1; }
have_library() { have_command pkg-config && pkg-config --exists "$1"; }
have_compiler() { have_command "${CC:-cc}"; }
have_gnuplot() { have_command gnuplot; }
have_pkgconfig() { have_command pkg-config; }
have_make() { have_command make; }
have_hdf5() { have_library hdf5; }
have_jansson() { have_library jansson; }
have_libzip() { have_library libzip; }
have_cmocka() { have_library cmocka; }
have_valgrind() { have_command valgrind; }
have_clang() { have_command clang; }
# What ThreadSanitizer needs to understand OpenMP; where Clang has it elsewhere, it is not used.
have_archer() { ls /usr/lib/llvm-*/lib/libarcher.so >/dev/null 2>&1 || ! have_command apt-get; }
have_gfortran() { have_command gfortran; }
have_qemu() { have_command qemu-x86_64; }
have_torch() { sh "$(dirname "$0")/../ref/python.sh" --find >/dev/null 2>&1; }
have_h5py() { have_torch; }
have_bible() { have_command bible; }
have_pandoc() { have_command pandoc; }

case $purpose in
build)   needs="compiler make pkgconfig hdf5 jansson libzip cmocka gnuplot" ;;
goldens) needs="torch h5py" ;;
tiny)    needs="bible" ;;
dev)     needs="valgrind clang archer qemu gfortran" ;;
book)    needs="pandoc" ;;
*)       echo "setup.sh: $purpose is not known, only build, goldens, tiny, dev and book" >&2; exit 2 ;;
esac

# The package of a need, a column for each manager.
package_of() {
    case $1:$2 in
    apt:compiler) echo gcc libc6-dev ;;   dnf:compiler) echo gcc ;;
    pacman:compiler) echo gcc ;;          brew:compiler) echo gcc ;;
    *:make) echo make ;;
    apt:pkgconfig) echo pkg-config ;;     dnf:pkgconfig) echo pkgconf-pkg-config ;;
    pacman:pkgconfig) echo pkgconf ;;     brew:pkgconfig) echo pkg-config ;;
    apt:hdf5) echo libhdf5-dev ;;         dnf:hdf5) echo hdf5-devel ;;
    *:hdf5) echo hdf5 ;;
    apt:jansson) echo libjansson-dev ;;   dnf:jansson) echo jansson-devel ;;
    *:jansson) echo jansson ;;
    apt:libzip) echo libzip-dev ;;        dnf:libzip) echo libzip-devel ;;
    *:libzip) echo libzip ;;
    apt:cmocka) echo libcmocka-dev ;;     dnf:cmocka) echo libcmocka-devel ;;
    *:cmocka) echo cmocka ;;
    apt:gnuplot) echo gnuplot-nox ;;      *:gnuplot) echo gnuplot ;;
    apt:bible) echo bible-kjv bible-kjv-text ;;
    *:valgrind) echo valgrind ;;
    *:clang) echo clang ;;
    *:archer) echo libomp-dev libclang-rt-dev ;;
    pacman:pandoc) echo pandoc-cli ;;     *:pandoc) echo pandoc ;;
    dnf:gfortran) echo gcc-gfortran ;;    pacman:gfortran) echo gcc-fortran ;;
    brew:gfortran) echo gcc ;;            *:gfortran) echo gfortran ;;
    brew:qemu) echo qemu ;;               *:qemu) echo qemu-user ;;
    pacman:torch) echo python-pytorch ;;  brew:torch) echo pytorch ;;
    *:torch) echo python3-torch ;;
    pacman:h5py) echo python-h5py ;;      brew:h5py) echo python-h5py ;;
    *:h5py) echo python3-h5py ;;
    esac
}

missing=""
for need in $needs; do
    "have_$need" || missing="$missing $need"
done
if [ -z "$missing" ]; then
    echo "setup: all is there, nothing to do"
    exit 0
fi
echo "setup: missing:$missing"

for manager in apt dnf pacman brew none; do
    case $manager in
    apt) have_command apt-get && break ;;
    none) ;;
    *) have_command $manager && break ;;
    esac
done
if [ $manager = none ]; then
    echo "setup: no package manager that is known here (apt, dnf, pacman, brew). Install" >&2
    echo "setup: what these are called on Debian:" >&2
    for need in $missing; do echo "setup:   $(package_of apt "$need")" >&2; done
    exit 2
fi

packages=""
for need in $missing; do
    package=$(package_of $manager "$need")
    if [ -z "$package" ]; then
        echo "setup: no package of $manager is known for $need; Debian's are:" \
            "$(package_of apt "$need")" >&2
        exit 2
    fi
    packages="$packages $package"
done

as_root=""
if [ $manager != brew ] && [ "$(id -u)" != 0 ]; then
    if have_command sudo; then
        as_root="sudo"
    else
        echo "setup: needs root and there is no sudo. As root, install:$packages" >&2
        exit 2
    fi
fi

run() {
    echo "setup: running: $*"
    "$@" || { echo "setup: that failed; install by hand:$packages" >&2; exit 2; }
}
# shellcheck disable=SC2086
case $manager in
apt)
    run $as_root apt-get update -q
    run $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
        --no-install-recommends $packages ;;
dnf)    run $as_root dnf install -y $packages ;;
pacman) run $as_root pacman -S --needed --noconfirm $packages ;;
brew)   run brew install $packages ;;
esac

for need in $missing; do
    "have_$need" || { echo "setup: $need is still missing after the installation" >&2; exit 2; }
done
echo "setup: done"
