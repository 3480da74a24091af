# Sourced by serve, test and lock, which set `here`. Sets `python` to the first of these that is Python 3.11 to 3.14:
# the one of .venv, the machine's own choice, then the newest.
python=
found=
for candidate in "$here/../.venv/bin/python" python3 python3.14 python3.13 python3.12 python3.11; do
    version=$("$candidate" -I -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    case $version in
        3.11 | 3.12 | 3.13 | 3.14) python=$candidate && break ;;
        *) found="$found $version" ;;
    esac
done
if [ -z "$python" ]; then
    echo "Missing: Python 3.11, 3.12, 3.13 or 3.14 (found:${found:- none}). On Debian or Ubuntu: apt install python3 python3-venv" >&2
    exit 1
fi
