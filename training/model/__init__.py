"""The video transformer, and what tells it of shots, entities and time."""
