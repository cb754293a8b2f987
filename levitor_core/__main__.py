"""`python -m levitor_core`."""

import os
import sys

os.environ.setdefault("TQDM_DISABLE", "1")  # before any library that shows its own progress is imported

from levitor_core.cli import main
from levitor_core.cli.console import reopen_closed_streams

reopen_closed_streams()
sys.exit(main())
