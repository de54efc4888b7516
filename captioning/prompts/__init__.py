"""Prompts as files, each with a version; what reads them is ``captioning/conversation/prompt_file.py``."""
