"""The offline check of letters at /check: a page that reads and verifies QR codes on the reader's device."""
