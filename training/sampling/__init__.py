"""From a timeline to a video."""
