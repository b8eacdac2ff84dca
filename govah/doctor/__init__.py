"""The list doctor: mends in list files what needs no decision, and reports every change."""
