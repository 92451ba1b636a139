"""Boomerang: a nightly warehouse of arms parts that come back.

Data flows one way and nothing imports upstream:
``sources`` -> ``landing`` -> ``bronze`` -> dbt (staging, intermediate, marts) -> ``quality`` -> ``release``
-> ``serving``. ``pipeline`` strings the steps together; ``cli`` and ``orchestration`` (Airflow) call it.
"""

from importlib.metadata import version

__version__ = version("boomerang")
