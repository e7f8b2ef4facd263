"""Explorers: a trace, a view of it and controls, in JupyterLab and on a plain page."""

from nnlib.widgets.explorer import Explorer
from nnlib.widgets.views import Curve, Network, Slider, Tensors, Training

__all__ = ["Curve", "Explorer", "Network", "Slider", "Tensors", "Training"]
