"""A Python for install.sh that builds environments in no time and downloads nothing.

Its environments see the packages of the one that the tests run in, but neither this checkout nor
pip: what pip is asked for is written to `pip.log` in the environment. It says of itself what
BASE_PREFIX and VERSION in its environment say.
"""

import os
import sys
import sysconfig
import venv
from pathlib import Path

_PIP = """import pathlib, sys
with (pathlib.Path(sys.prefix) / "pip.log").open("a") as log:
    print(*sys.argv[1:], file=log)
sys.exit({fails!r})
"""
_COMMAND = """#!{python}
import sys
from engine.cli import main
sys.exit(main())
"""


def main(arguments: list[str]) -> None:
    """Do what install.sh asks of a Python."""
    match arguments:
        case ["-VV"]:
            print(sys.version)
        case ["-c", code]:
            sys.base_prefix = os.environ.get("BASE_PREFIX", "/usr")
            version = os.environ.get("VERSION", "3.11.7").split(".")
            sys.version_info = tuple(map(int, version))  # type: ignore[assignment]
            exec(code)
        case ["-m", "venv", folder]:
            _build(Path(folder))
        case _:
            raise SystemExit(f"install.sh asks for something new: {arguments}")


def _build(folder: Path) -> None:
    venv.EnvBuilder(symlinks=True, with_pip=False).create(folder)
    (site,) = folder.glob("lib/python*/site-packages")
    # Folders that a .pth names have their own .pth files left alone: this checkout stays out.
    packages = sysconfig.get_paths()["purelib"]
    (site / "here.pth").write_text(f"{folder.parent}\n{packages}\n")
    (site / "pip").mkdir()
    (site / "pip" / "__init__.py").touch()
    fails = "the index cannot be reached" if os.environ.get("PIP_FAILS") else 0
    (site / "pip" / "__main__.py").write_text(_PIP.format(fails=fails))
    command = folder / "bin" / "pasu"
    command.write_text(_COMMAND.format(python=folder / "bin" / "python"))
    command.chmod(0o755)


if __name__ == "__main__":
    main(sys.argv[1:])
