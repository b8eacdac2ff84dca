"""All of Govah on one machine: programs, supervisor, data directory, seeding."""
