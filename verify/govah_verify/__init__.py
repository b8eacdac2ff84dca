"""What proves a letter: the layout of its signature, the token in its QR code, and the public keys for both.

The PDF worker makes proofs; the commands `govah-verify` and `govah letter`, and inquiry, read them.
Nothing here imports another package of Govah or knows the file of a secret.
"""
