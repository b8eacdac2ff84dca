"""Agreement, disclosure requests, the personal inbox and the activity page."""
