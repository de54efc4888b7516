"""The engine: stages on Ray, the ledger, the command line and the report. No pixel arithmetic here."""
