"""Rendered shots whose camera is known, to tune and to judge the measuring of camera moves."""
