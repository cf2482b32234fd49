"""DPO Reasoner: suggested interpretations of diffuse pulmonary ossification."""

__version__ = "0.1.0"
