"""Signs letters: the organisation's certificate, the place in the PDF, the time stamp."""
