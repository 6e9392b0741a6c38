"""Importing: spreadsheets read in a child process, columns found, cells judged, templates and tables written."""
