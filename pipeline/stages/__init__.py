"""The stages, one file each: tables in, tables and files out."""
