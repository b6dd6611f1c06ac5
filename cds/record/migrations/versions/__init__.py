"""One file for each revision, r0001 onward."""
