"""RenderedMasks -> ControlPoints -> ControlSignal: what the video model is steered by (paper sections 3.2 and 3.3)."""
