# Shared by the scripts beside it: finds or installs what they need. POSIX sh, sourced, never run.
# The caller has set `root` to the checkout.

venv=$root/.venv
PATH=$venv/bin:$PATH
export PATH

say() { printf '%s\n' "$*" >&2; }
die() { say "$0: $*"; exit 1; }

is_root() { [ "$(id -u)" = 0 ]; }

# apt_install PACKAGE…: from the distribution, or a line that says what to do.
apt_install() {
    command -v apt-get >/dev/null 2>&1 || die "please install: $* (this system has no apt-get)"
    is_root || die "please run: sudo apt-get install $*"
    say "Installing from the distribution: $*"
    if [ -z "${apt_updated:-}" ]; then
        apt-get update -qq >&2 || die "apt-get update failed; is the network reachable?"
        apt_updated=1
    fi
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null ||
        die "the distribution could not install: $*"
}

# usable_python COMMAND: is it Python 3.11 or later, able to make virtual environments?
usable_python() {
    command -v "$1" >/dev/null 2>&1 && "$1" -c '
import sys, venv, ensurepip
sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if usable_python "$candidate"; then
            python=$candidate
            return 0
        fi
    done
    return 1
}

# newest_python_package: the distribution's python3, or a later one packaged beside it.
newest_python_package() {
    for minor in 14 13 12 11; do
        if apt-cache show "python3.$minor-venv" >/dev/null 2>&1; then
            printf 'python3.%s' "$minor"
            return
        fi
    done
    die "this distribution has no Python 3.11 or later; see INSTALL.md"
}

ensure_python() {
    find_python && return
    apt_install python3 python3-venv ca-certificates
    find_python && return
    package=$(newest_python_package) || exit 1
    apt_install "$package" "$package-venv"
    find_python || die "found no Python 3.11 or later with venv; see INSTALL.md"
}

# ensure_venv EXTRAS ('' or '[test]'): the environment in .venv, installed again only when
# pyproject.toml or the interpreter has changed.
ensure_venv() {
    wanted="$1 $(cksum <"$root/pyproject.toml")"
    stamp=$venv/installed$(printf '%s' "$1" | tr -d '[]')
    if [ -x "$venv/bin/python" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] &&
        "$venv/bin/python" -c 'import galene_py' 2>/dev/null; then
        return
    fi
    if ! [ -x "$venv/bin/python" ] || ! "$venv/bin/python" -c '' 2>/dev/null; then
        ensure_python
        "$python" -m venv --clear "$venv" || die "could not make a virtual environment in $venv"
    fi
    say "Installing galene-py into .venv (a minute or two, the first time)"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -e "$root$1" ||
        die "pip could not install the dependencies; is the network reachable?"
    printf '%s' "$wanted" >"$stamp"
}

# ensure_node_modules: the client's development tools (type checker, browser driver), by the lock file.
ensure_node_modules() {
    wanted=$(cksum <"$root/package-lock.json")
    stamp=$root/node_modules/.installed
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && return
    say "Installing the client's development tools into node_modules"
    (cd "$root" && npm ci --silent --no-audit --no-fund) || die "npm ci failed; is the network reachable?"
    printf '%s' "$wanted" >"$stamp"
}

# ensure_command COMMAND PACKAGE…: a program of the distribution.
ensure_command() {
    command -v "$1" >/dev/null 2>&1 && return
    shift
    apt_install "$@"
}

# ensure_library NAME PACKAGE: a shared library of the distribution.
ensure_library() {
    PATH=$PATH:/sbin:/usr/sbin ldconfig -p | grep -q "^[[:space:]]*$1 " && return
    shift
    apt_install "$@"
}
