"""The Celery worker that renders letters and posts them to the inbox."""
