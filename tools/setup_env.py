"""Make the virtual environment .venv and install a requirements file into it.

    python3 tools/setup_env.py requirements.txt

It installs again only when something that decides what is installed has changed.  This
is the one script that the reader's own Python runs, of whatever age: it uses nothing
but the standard library, and no syntax that Python 2.7 would not understand.
"""

import hashlib
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
VENV_PYTHON = os.path.join(VENV, "bin", "python")
OLDEST = (3, 11)

TOO_OLD = (
    "This book needs Python {}.{} or newer, and {} is {}.{}; "
    "name another one with make book PYTHON=/path/to/python."
)
NO_VENV = (
    "This Python cannot make virtual environments, as its module '{}' is missing; "
    "on Debian and Ubuntu 'sudo apt install python3-venv' adds it."
)
NO_INSTALL = (
    "pip could not install {}: its messages are above, "
    "and without a network connection it cannot work."
)


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def files_of(requirements):
    """The requirements file and every file that it names with -r or -c."""
    found = [requirements]
    for line in read(requirements).splitlines():
        words = line.split()
        if len(words) == 2 and words[0] in ("-r", "-c"):
            found += files_of(words[1])
    return found


def digest_of(requirements):
    state = [sys.version, ROOT]
    state += [read(name) for name in files_of(requirements) + ["pyproject.toml"]]
    return hashlib.sha256("\0".join(state).encode("utf-8")).hexdigest()


def refuse_if_unusable():
    if sys.version_info < OLDEST:
        found = (sys.executable, sys.version_info[0], sys.version_info[1])
        sys.exit(TOO_OLD.format(*(OLDEST + found)))
    for module in ("venv", "ensurepip"):
        try:
            __import__(module)
        except ImportError:
            sys.exit(NO_VENV.format(module))


def runs(python):
    """A .venv that was copied, or whose Python was removed, is made anew."""
    try:
        command = [python, "-c", "import pip"]
        return subprocess.call(command, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def make_venv():
    say("Making the virtual environment .venv ...")
    if subprocess.call([sys.executable, "-m", "venv", "--clear", VENV]):
        sys.exit("The virtual environment .venv could not be made, as said above.")
    # JupyterLab runs a script of its own with Node, where there is Node; without this
    # file Node would go by the package.json of the explorers, and fail loudly.
    with open(os.path.join(VENV, "package.json"), "w", encoding="utf-8") as file:
        file.write('{"type": "commonjs"}\n')


def install(requirements):
    say("Installing {} (a minute or more the first time) ...".format(requirements))
    pip = [VENV_PYTHON, "-m", "pip", "install", "--disable-pip-version-check"]
    if subprocess.call(pip + ["--prefer-binary", "-r", requirements], cwd=ROOT):
        sys.exit(NO_INSTALL.format(requirements))


def stamp_of(requirements):
    return os.path.join(VENV, "installed-" + requirements)


def is_installed(requirements):
    stamp = stamp_of(requirements)
    if not (os.path.exists(stamp) and os.path.exists(VENV_PYTHON)):
        return False
    return read(stamp) == digest_of(requirements)


def main(requirements):
    refuse_if_unusable()
    if is_installed(requirements):
        return
    if not runs(VENV_PYTHON):
        make_venv()
    install(requirements)
    for name in files_of(requirements):
        with open(stamp_of(name), "w", encoding="utf-8") as file:
            file.write(digest_of(name))


if __name__ == "__main__":
    main(sys.argv[1])
