"""The web page: cards as an EHR would show them, and the criteria table."""
