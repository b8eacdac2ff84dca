"""Proofs of letters: the layout of the signature, the token in the QR code, and the public keys for both.

The PDF worker makes proofs. The commands `govah-verify` and `govah letter`, and inquiry, check them.
No module imports another package of Govah or reads a secret.
"""
