"""HTTP as all services speak it: the app, who may call what, paging, idempotency, calls to others."""
