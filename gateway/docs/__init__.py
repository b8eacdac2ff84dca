"""The page at /api/docs: one reference of all services, made of the exported OpenAPI documents."""
