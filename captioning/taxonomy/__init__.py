"""The SCINE taxonomy of cinematic control: 76 nodes with their values, as data, and ways to ask for them."""
