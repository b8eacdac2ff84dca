"""Govah's services: auth, records, disclosure, inquiry, pdfworker, and the kit they share."""
