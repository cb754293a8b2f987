"""PURE: where everything is in every frame, from a project's paths and depth: Project -> Animation -> RenderedMasks."""
