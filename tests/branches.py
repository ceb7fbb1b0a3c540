"""``python -m tests.branches coverage.json 95``: fail where fewer of a hundred branches were taken."""

import json
import sys
from pathlib import Path


def main(report: str, least: str) -> None:
    """Of branches alone: coverage's own limit counts lines with them."""
    totals = json.loads(Path(report).read_text())["totals"]
    share = 100 * totals["covered_branches"] / totals["num_branches"]
    print(f"branches: {totals['covered_branches']} of {totals['num_branches']}, {share:.2f} %")
    if share < float(least):
        sys.exit(f"allowed: {least} % or more")


if __name__ == "__main__":
    main(*sys.argv[1:])
