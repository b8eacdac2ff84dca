"""Tests of Govah, level by level."""
