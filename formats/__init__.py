"""The ground floor: what Shotloom writes down. Knows no model, no Ray and no config file."""
