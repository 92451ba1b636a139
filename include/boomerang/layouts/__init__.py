"""Vendor layouts: what a customs file looks like, as data. One YAML each, here or in ``$BOOMERANG_HOME/layouts/``."""
