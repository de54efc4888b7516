"""The shape of every answer, as a pydantic model and as the JSON Schema that holds a model to it while it writes."""
