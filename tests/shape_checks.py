"""Runtime checks of annotated shapes and types; an int serves where a float is asked for, numpy's numbers as ours."""

import numpy as np
from beartype import BeartypeConf, BeartypeHintOverrides, beartype

NUMBERS = {float: float | int | np.floating | np.integer, int: int | np.integer, bool: bool | np.bool_}

typechecked = beartype(conf=BeartypeConf(hint_overrides=BeartypeHintOverrides(NUMBERS)))
