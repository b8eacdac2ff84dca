"""Govah's services: auth, records, disclosure, inquiry, pdfworker, and the kit they share."""

# The services that have an API, a database and an event feed, in the order in which manuals name them.
SERVICES = ("auth", "records", "disclosure", "inquiry")
