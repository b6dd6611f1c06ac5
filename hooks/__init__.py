"""THE DOORS. HTTP and nothing else."""
