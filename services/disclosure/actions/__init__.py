"""What disclosure does, as verbs: requests, attempts of workers, the inbox, the activity page.

Routes and background loops call these inside their transactions, unless a function says otherwise.
"""
