"""Explorers: a trace, a view of it and controls, in JupyterLab and on a plain page."""

from nnlib.widgets.attention_views import Attention, Block
from nnlib.widgets.explorer import Explorer
from nnlib.widgets.generation_view import Generation
from nnlib.widgets.image_views import Maps, ReceptiveField
from nnlib.widgets.regression_view import KernelRegression
from nnlib.widgets.sequence_views import Cell, Unrolled
from nnlib.widgets.views import (
    Bars,
    Curve,
    KernelWindow,
    Network,
    Plane,
    Sheet,
    Slider,
    Tensors,
    Training,
)

__all__ = [
    "Attention",
    "Bars",
    "Block",
    "Cell",
    "Curve",
    "Explorer",
    "Generation",
    "KernelRegression",
    "KernelWindow",
    "Maps",
    "Network",
    "Plane",
    "ReceptiveField",
    "Sheet",
    "Slider",
    "Tensors",
    "Training",
    "Unrolled",
]
