"""Some of the calls that `benchmarks/mutated_calls.py` tries by the thousand."""

import random

from benchmarks.mutated_calls import Caller
from tests.server.conftest import stranger


def test_calls_that_were_changed_at_random_are_answered_or_refused_in_a_sentence(server):
    url, log = server
    with stranger(url, "8.8.8.8") as client:
        caller = Caller(client)
        faults = {number: caller.call(random.Random(f"1 {number}")) for number in range(24)}
    assert not {number: fault for number, fault in faults.items() if fault} and "Traceback" not in log.read_text()
