"""Repeatable benchmarks: `make bench`. Each prints ratios, and what it compares with in the same run."""
