"""What proves a letter: the layout of its signature, the token in its QR code, and the public keys for both.

The PDF worker makes proofs; `govah letter verify` and inquiry read them. Nothing here knows a secret's file.
"""
