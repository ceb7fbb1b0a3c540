"""What pyproject.toml cannot say: shipped plans stand beside the package in a checkout, inside it when built."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent


class WithPlans(build_py):
    """A package with the plans, studies, statements and their schemas, and both READMEs."""

    def run(self) -> None:
        """Build, then copy; an editable installation reads the checkout's own."""
        super().run()
        if self.editable_mode:
            return
        inside = Path(self.build_lib) / "engine"
        shutil.copytree(ROOT / "configs", inside / "configs", dirs_exist_ok=True)
        for name in ("README.md", "README.ja.md"):
            shutil.copy2(ROOT / name, inside / name)


setup(cmdclass={"build_py": WithPlans})
