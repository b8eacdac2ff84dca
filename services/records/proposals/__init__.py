"""Changes of records that one officer proposes and another confirms. `registry` has the handlers."""
