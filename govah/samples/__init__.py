"""Invents people and their employers' monthly lists. The terminal command, the demo and tests call generate.

The same arguments give the same people and the same bytes. All people are invented: names come from word
lists, codes and numbers from dice.
"""

from govah.samples.amendments import change_days, list_under_code
from govah.samples.lists import FIRST_LIST, SUPPLEMENT, SampleEncoding, SampleTree, generate
from govah.samples.people import SampleContribution, SamplePerson, SampleWorkshop

__all__ = [
    "FIRST_LIST",
    "SUPPLEMENT",
    "SampleContribution",
    "SampleEncoding",
    "SamplePerson",
    "SampleTree",
    "SampleWorkshop",
    "change_days",
    "generate",
    "list_under_code",
]
