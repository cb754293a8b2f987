"""Some of the inputs that `benchmarks/mutations.py` tries by the thousand."""

import pytest

from benchmarks.mutations import USES, fault_of

EACH = 22


@pytest.mark.parametrize("kind", USES)
def test_what_was_changed_at_random_is_read_or_refused_in_a_sentence(kind):
    faults = {number: fault_of(kind, 1, number) for number in range(EACH)}
    assert not {number: fault for number, fault in faults.items() if fault}
