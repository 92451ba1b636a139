"""Sources: one YAML (what it is) and one module (how it is read) each."""
