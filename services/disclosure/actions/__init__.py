"""What disclosure does: requests, attempts of workers, letters in the inbox, the activity page.

Routes, commands and loops own the transactions and pass a session. An action that needs several transactions
takes `Sessions` as its first parameter.
"""
