"""`python -m levitor_core`."""

import sys

from levitor_core.cli import main

sys.exit(main())
