"""`python -m tests.golden`: print what every preset comes to now, as test_presets.py expects it."""

import sys
import tempfile
import time
from pathlib import Path

from tests.golden.presets import CASES, statistics


def main() -> int:
    """Play every case and print its statistics."""
    for case in CASES:
        began = time.process_time()
        with tempfile.TemporaryDirectory(prefix="pasu-golden-") as folder:
            found = statistics(case, Path(folder))
        print(f'    "{case.preset}": {{')
        for name, value in found.items():
            print(f'        "{name}": "{value}",')
        print("    },")
        print(f"{case.preset}: {time.process_time() - began:.1f} s of CPU", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
