"""Faults that take long to cause: `make faults`. The README says what is measured and how to add to it."""
