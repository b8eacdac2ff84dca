"""The whole system under faults: `stack` runs it, `test_nothing_lost` is the main run."""
