"""The report: a corpus's ledger and clips as one static page that opens from disk."""
