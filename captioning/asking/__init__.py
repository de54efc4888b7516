"""Many conversations at once: who may ask when, and how many clips lie in memory. No Ray, no servers, no prompts."""
