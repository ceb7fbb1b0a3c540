"""The tests.

Hundreds of them start the program, and compiling its source is a quarter of a start. What this process has
compiled is therefore kept, even where PYTHONDONTWRITEBYTECODE is set.
"""

import sys

sys.dont_write_bytecode = False
